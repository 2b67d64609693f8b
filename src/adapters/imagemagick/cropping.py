"""Which part of a picture survives a crop."""

from itertools import accumulate, pairwise

from adapters.imagemagick.library import Image
from domain.variants import Geometry, Gravity

_SKETCH = 64


def crop(image: Image, geometry: Geometry, gravity: Gravity) -> None:
    """Cut away what the geometry does not keep, in every frame alike."""
    if not geometry.crops:
        return
    if gravity in {Gravity.ATTENTION, Gravity.ENTROPY}:
        left, top = _liveliest(image, geometry)
    else:
        left, top = geometry.crop_offset(gravity)
    width, height = geometry.final
    image.crop(left, top, width=width, height=height)


def _liveliest(image: Image, geometry: Geometry) -> tuple[int, int]:
    """Where the kept part holds the most contrast: ImageMagick itself has no eye for it."""
    with Image(image=image.sequence[0]) as sketch:
        sketch.resize(_SKETCH, _SKETCH)
        grey = sketch.export_pixels(channel_map="I", storage="char")
    rows = [grey[start : start + _SKETCH] for start in range(0, len(grey), _SKETCH)]
    columns = [list(column) for column in zip(*rows, strict=True)]
    left, top = (
        _best_start([sum(abs(b - a) for a, b in pairwise(line)) for line in lines], scaled, final)
        for lines, scaled, final in zip((columns, rows), geometry.scaled, geometry.final, strict=True)
    )
    return left, top


def _best_start(contrast: list[int], scaled: int, final: int) -> int:
    kept = max(1, round(_SKETCH * final / scaled))
    sums = [0, *accumulate(contrast)]
    best = max(range(_SKETCH - kept + 1), key=lambda start: sums[start + kept] - sums[start])
    return min(scaled - final, round(best * scaled / _SKETCH))
