"""Photos, drawn on the spot: light, edges and noise, about as large as a camera would write them."""

from pathlib import Path
from typing import Any

from adapters.vips.library import pyvips
from domain.settings import read_settings
from domain.variants import VariantSpec

VARIANTS = {
    "thumb": {"format": "webp", "width": 150, "height": 150, "fit": "cover", "quality": 80},
    "medium": {"format": "webp", "width": 800},
    "hero-avif": {"format": "avif", "width": 1600, "quality": 70},
}
"""What Media Blob Kit's readme gives as its example."""


def specs() -> dict[str, VariantSpec]:
    """The same, read."""
    return dict(read_settings({"variants": VARIANTS}).variants)


def some_photos(folder: Path, number: int) -> list[Path]:
    """Of twelve megapixels each, and each another."""
    return [saved(drawn(4000, 3000, seed), folder / f"{seed}.jpg") for seed in range(number)]


def drawn(width: int, height: int, seed: int) -> Any:
    """One of them."""
    x, y = (pyvips.Image.xyz(width, height).bandsplit()[axis] for axis in (0, 1))
    light = ((x / (5 + seed)).math("sin") + (y / 3).math("cos")) * 45 + 100  # libvips counts in degrees
    edges = ((x + y * 2 / (1 + seed)).math("sin") > 0.3).ifthenelse(40, 0)
    noise = pyvips.Image.gaussnoise(width, height, mean=0, sigma=9, seed=seed)
    bands = [light + edges * weight + noise for weight in (1, 0.5, -0.5)]
    return bands[0].bandjoin(bands[1:]).cast("uchar").copy(interpretation="srgb")


def saved(image: Any, path: Path, *, progressive: bool = False) -> Path:
    """As a JPEG."""
    image.jpegsave(str(path), Q=90, subsample_mode="on", interlace=progressive)
    return path
