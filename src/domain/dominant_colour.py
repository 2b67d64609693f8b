"""The colour that most of a picture has."""

from collections import defaultdict

_SHADES = 32
NOTHING_TO_SEE = "#ffffff"


def dominant_colour(rgba: bytes) -> str:
    """As #rrggbb: the average of the largest group of similar colours; what is more than half clear does not count."""
    groups: dict[tuple[int, ...], list[tuple[int, int, int]]] = defaultdict(list)
    for red, green, blue, alpha in zip(*(rgba[band::4] for band in range(4)), strict=True):
        if alpha > 127:
            groups[red // _SHADES, green // _SHADES, blue // _SHADES].append((red, green, blue))
    if not groups:
        return NOTHING_TO_SEE
    largest = max(groups.values(), key=len)
    return "#" + "".join(f"{round(sum(band) / len(largest)):02x}" for band in zip(*largest, strict=True))
