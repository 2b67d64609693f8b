"""HEIC pictures, which the libvips wheel cannot read: through pillow-heif where it is installed."""

from importlib import import_module
from pathlib import Path
from typing import Any

from adapters.vips.library import pyvips
from domain.image_headers.header import UnreadableImage

try:
    pillow_heif: Any = import_module("pillow_heif")
except ImportError:
    pillow_heif = None

_DEEP = "I;16"
"""Grey of many bits: two bytes a pixel, the telling one behind the other."""

_BANDS = {"L": 1, "RGB": 3, "RGBA": 4, _DEEP: 2}


def open_heic(path: Path) -> Any:
    """The primary picture, upright as its container says."""
    if pillow_heif is None:
        raise UnreadableImage("HEIC needs its reader: install darkroom-media[heic].")
    try:
        return _pixels(pillow_heif.open_heif(path))
    except (ValueError, RuntimeError, EOFError, SyntaxError, KeyError, OSError) as error:
        raise UnreadableImage(f"The HEIC picture cannot be read: {error}") from error


def _pixels(picture: Any) -> Any:
    (width, height), bands = picture.size, _BANDS[picture.mode]
    # Rows may be padded: cut the padding off while each byte still counts as a pixel of one band.
    rows = pyvips.Image.new_from_memory(picture.data, picture.stride, height, 1, "uchar")
    packed = rows.crop(0, 0, width * bands, height).write_to_memory()
    image = pyvips.Image.new_from_memory(packed, width, height, bands, "uchar")
    if picture.mode == _DEEP:
        image, bands = image[1], 1
    image = image.copy(interpretation="b-w" if bands == 1 else "srgb")
    profile = picture.info.get("icc_profile")
    if profile:
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return image
