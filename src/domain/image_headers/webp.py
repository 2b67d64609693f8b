"""WebP: the plain forms in a few bytes, the extended one by its canvas and its chunks."""

from dataclasses import replace

from domain.image_headers.exif import block_of, orientation_of
from domain.image_headers.header import HeaderBeyond, ImageHeader, UnreadableImage
from domain.image_headers.source import EndsEarly, Source

_ANIMATED, _EXIF, _ALPHA = 0x02, 0x08, 0x10
_FIRST_CHUNK = 12
_MOST_CHUNKS = 20_000
_MOST_EXIF = 1 << 20


def read_webp(source: Source) -> ImageHeader:
    """The size from the first chunk; frames (up to twenty thousand) and orientation from the others."""
    match source.take(_FIRST_CHUNK, 4):
        case b"VP8 ":
            return _lossy(source.take(_FIRST_CHUNK + 8, 10))
        case b"VP8L":
            return _lossless(source.take(_FIRST_CHUNK + 8, 5))
        case b"VP8X":
            return _extended(source)
    raise UnreadableImage("the WebP begins with something that is no picture")


def _lossy(body: bytes) -> ImageHeader:
    width, height = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    if body[0] & 1 or body[3:6] != b"\x9d\x01\x2a" or not (width and height):
        raise UnreadableImage("the WebP has no sound first picture")
    return ImageHeader(width, height, 3)


def _lossless(body: bytes) -> ImageHeader:
    packed = int.from_bytes(body[1:5], "little")
    if body[0] != 0x2F or packed >> 29:
        raise UnreadableImage("the WebP has no sound lossless picture")
    return ImageHeader((packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1, 4 if packed >> 28 & 1 else 3)


def _extended(source: Source) -> ImageHeader:
    body = source.take(_FIRST_CHUNK + 8, 10)
    width, height = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (4, 7))
    header = ImageHeader(width, height, 4 if body[0] & _ALPHA else 3)
    if not body[0] & (_ANIMATED | _EXIF):
        return header
    frames, exif = 0, b""
    end = int.from_bytes(source.take(4, 4), "little") + 8
    at = _FIRST_CHUNK + 8 + _even(int.from_bytes(source.take(_FIRST_CHUNK + 4, 4), "little"))
    try:
        for _ in range(_MOST_CHUNKS):
            if at + 8 > end:
                break
            chunk = source.take(at, 8)
            size = int.from_bytes(chunk[4:], "little")
            if chunk[:4] == b"ANMF":
                frames += 1
            elif chunk[:4] == b"EXIF" and body[0] & _EXIF and size <= _MOST_EXIF:
                exif = source.take(at + 8, size)
            at += 8 + _even(size)
    except HeaderBeyond:
        raise HeaderBeyond(replace(header, frames=max(1, frames))) from None
    except EndsEarly:
        pass
    if body[0] & _ANIMATED and not frames:
        raise UnreadableImage("the WebP says it moves and has no frames")
    return replace(header, frames=max(1, frames), orientation=orientation_of(exif), exif=block_of(exif))


def _even(size: int) -> int:
    return size + (size & 1)
