"""How much picture a decoder may be given."""

from dataclasses import dataclass

from domain.errors import Invalid
from domain.image_headers.header import ImageHeader

_USUAL_BANDS = 4


class ImageTooBig(Invalid):
    """Decoding it would take more than we give to one picture."""

    code = "image_too_large"


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """The most a picture may hold: pixels over all frames, pixels along a side, frames of an animation.

    Counting stops at 2,000 pages of a TIFF and at 10,000 frames or more of an animation, so limits belong below.
    """

    max_pixels: int = 100_000_000
    max_side: int = 30_000
    max_frames: int = 1_000


def check_budget(header: ImageHeader, limits: DecodeLimits, *, animated: bool = False) -> None:
    """Refuse what would be too much to decode; frames count only where all of them are wanted (`animated`).

    `max_pixels` is meant for pictures of up to four bands; each band more weighs a quarter of a pixel.
    """
    frames = header.frames if animated else 1
    if max(header.width, header.height) > limits.max_side:
        raise ImageTooBig(f"the image is {header.width}x{header.height}; a side may have {limits.max_side} pixels")
    if frames > limits.max_frames:
        raise ImageTooBig(f"the image has {frames} frames; {limits.max_frames} are allowed")
    if header.width * header.height * frames * max(header.bands, _USUAL_BANDS) > limits.max_pixels * _USUAL_BANDS:
        raise ImageTooBig(
            f"the image is {header.width}x{header.height} with {frames} frames and {header.bands} bands; "
            f"{limits.max_pixels} pixels are allowed"
        )
