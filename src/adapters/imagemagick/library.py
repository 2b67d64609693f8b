"""ImageMagick, loaded once under our own policy; nothing else here imports wand by itself."""

import ctypes
import os
from pathlib import Path

# ImageMagick reads these while it loads.
os.environ["MAGICK_CONFIGURE_PATH"] = str(Path(__file__).with_name("policy"))
os.environ["MAGICK_THREAD_LIMIT"] = "1"

from wand.api import library
from wand.color import Color
from wand.exceptions import BaseError, BaseFatalError, ResourceLimitError, WandException
from wand.image import Image

_apply_profile = library.MagickProfileImage
_apply_profile.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t)


def convert_profile(image: Image, profile: bytes) -> None:
    """Convert the current frame from the profile it carries to this one, which wand itself does not offer."""
    if not _apply_profile(image.wand, b"icc", profile, len(profile)):
        image.raise_exception()


REFUSALS = (WandException, BaseError, BaseFatalError, ValueError)
"""Everything wand raises when ImageMagick does not like a picture; they have no parent of their own."""

__all__ = ["REFUSALS", "Color", "Image", "ResourceLimitError", "convert_profile"]
