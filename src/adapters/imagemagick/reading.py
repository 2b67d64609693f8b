"""Opening a picture: our own header reader first, ImageMagick after."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from adapters.imagemagick.jpeg_end import reaches_its_end
from adapters.imagemagick.library import REFUSALS, Image, ResourceLimitError, convert_profile
from adapters.imagemagick.srgb import srgb_profile
from application.picture_headers import check_header
from application.ports.image_transformer import PictureFacts
from domain.image_headers.budget import DecodeLimits, ImageTooBig
from domain.image_headers.header import ImageHeader, UnreadableImage

CODERS = {
    "image/jpeg": "jpeg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/tiff": "tiff",
    "image/avif": "avif",
    "image/heic": "heic",
    "image/heif": "heic",
}
ANIMATED = ("image/gif", "image/webp")
# libheif turns these upright while it decodes.
_TURNED_ALREADY = ("image/avif", "image/heic", "image/heif")
_TURNS = {
    2: lambda image: image.flop(),
    3: lambda image: image.rotate(180),
    4: lambda image: image.flip(),
    5: lambda image: image.transpose(),
    6: lambda image: image.rotate(90),
    7: lambda image: image.transverse(),
    8: lambda image: image.rotate(270),
}


def open_header(path: Path, mime_type: str, limits: DecodeLimits) -> ImageHeader:
    """Read the header without any decoder, and check the budget."""
    if mime_type not in CODERS:
        raise UnreadableImage(f"There is no decoder for {mime_type} here.")
    return check_header(path, mime_type, limits)


def facts_of(path: Path, mime_type: str, header: ImageHeader) -> PictureFacts:
    """What the header says, and what only the coder knows: whether there is transparency."""
    with _typed_errors(path), Image.ping(filename=_named(path, mime_type)) as image:
        alpha = bool(image.alpha_channel)
    frames = header.frames if mime_type in ANIMATED else 1
    return PictureFacts(*header.upright, mime_type, alpha, frames)


@contextmanager
def first_frame(path: Path, mime_type: str, header: ImageHeader, size: tuple[int, int]) -> Iterator[Image]:
    """The upright first frame in sRGB, not much larger than this size where the format allows."""
    if mime_type == "image/jpeg" and not reaches_its_end(path):
        raise UnreadableImage("The picture ends before its end.")
    with Image() as image:
        with _typed_errors(path):
            if mime_type == "image/jpeg":
                width, height = size if header.orientation < 5 else size[::-1]
                image.options["jpeg:size"] = f"{width}x{height}"
            image.read(filename=f"{_named(path, mime_type)}[0]")
            image.raise_exception()
            _prepare(image, mime_type, header)
        yield image


@contextmanager
def all_frames(path: Path, mime_type: str, header: ImageHeader) -> Iterator[Image]:
    """All frames, each whole, upright and in sRGB."""
    with Image() as film:
        with _typed_errors(path):
            film.read(filename=_named(path, mime_type))
            film.raise_exception()
            film.coalesce()
            for index in range(film.iterator_length()):
                film.iterator_set(index)
                _prepare(film, mime_type, header)
        yield film


def rgba(image: Image) -> bytes:
    """The pixels of a picture, four bytes each."""
    # Where there is no transparency, ImageMagick's fourth channel is memory that nobody has written.
    if image.alpha_channel:
        return bytes(image.export_pixels(channel_map="RGBA", storage="char"))
    pixels = bytearray(b"\xff" * 4 * image.width * image.height)
    told = bytes(image.export_pixels(channel_map="RGB", storage="char"))
    for band in range(3):
        pixels[band::4] = told[band::3]
    return bytes(pixels)


def _prepare(image: Image, mime_type: str, header: ImageHeader) -> None:
    if 0 in image.size:
        raise UnreadableImage("The picture cannot be read: no pixels came out of it.")
    if mime_type in ANIMATED and image.iterator_length() == 1:
        image.coalesce()
    if mime_type not in _TURNED_ALREADY and header.orientation in _TURNS:
        _TURNS[header.orientation](image)
    image.reset_coords()
    if header.profile and not image.profiles["icc"]:
        image.profiles["icc"] = header.profile  # which the coder for HEIC and AVIF forgets
    if image.profiles["icc"]:
        with suppress(*REFUSALS):  # a damaged profile is no reason to refuse the pixels
            convert_profile(image, srgb_profile())
    image.transform_colorspace("srgb")
    image.strip()
    image.depth = 8


@contextmanager
def _typed_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except ResourceLimitError as error:
        raise ImageTooBig("The picture needs more than one decoder may have.") from error
    except REFUSALS as error:
        reason = str(error).replace(str(path), "picture").partition(" @ ")[0]
        raise UnreadableImage(f"The picture cannot be read: {reason[:300]}.") from error


def _named(path: Path, mime_type: str) -> str:
    # The prefix alone chooses the coder; without it ImageMagick would guess, and could be led to guess wrongly.
    return f"{CODERS[mime_type]}:{path}"
