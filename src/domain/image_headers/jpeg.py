"""JPEG: the frame header, and the EXIF block before or behind it."""

import re
from collections.abc import Iterator
from dataclasses import replace

from domain.image_headers.exif import block_of, orientation_of
from domain.image_headers.header import HeaderBeyond, ImageHeader, UnreadableImage
from domain.image_headers.source import EndsEarly, Source

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
_LAST = frozenset({0xD9, 0xDA})
_APP1 = 0xE1
_MARKER = re.compile(rb"\xff([\x01-\xfe])")
_EXIF = b"Exif\0\0"
_MOST_SEGMENTS = 4096
_MOST_STRAY_BYTES = 1 << 20


def read_jpeg(source: Source) -> ImageHeader:
    """The size from the first frame header, the orientation from the first EXIF block before the picture's data."""
    header: ImageHeader | None = None
    exif: bytes | None = None
    try:
        for marker, at, length in _segments(source):
            if marker in _FRAMES and header is None:
                header = _frame(source.take(at, 6))
            elif marker == _APP1 and exif is None and _is_exif(source, at, length):
                exif = source.take(at, length)
    except HeaderBeyond:
        raise HeaderBeyond(header and _told(header, exif)) from None
    except EndsEarly:
        if header is None:
            raise
    if header is None:
        raise UnreadableImage("the JPEG does not say how large it is")
    return _told(header, exif)


def _told(header: ImageHeader, exif: bytes | None) -> ImageHeader:
    return header if exif is None else replace(header, orientation=orientation_of(exif), exif=block_of(exif))


def _segments(source: Source) -> Iterator[tuple[int, int, int]]:
    """Marker, place and length of each segment's content, up to the picture's data."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        marker, at = _marker(source, at)
        if marker in _LAST:
            return
        if marker in _BARE:
            continue
        length = source.number(at, 2)
        if length < 2:
            raise UnreadableImage("the JPEG has a segment of impossible length")
        yield marker, at + 2, length - 2
        at += length


def _marker(source: Source, at: int) -> tuple[int, int]:
    """The next marker and what lies behind it; decoders skip stray bytes, so we do."""
    last = at + _MOST_STRAY_BYTES
    while at < last:
        piece = source.piece(at)
        if found := _MARKER.search(piece):
            return found[1][0], at + found.end()
        at += max(1, len(piece) - 1)
    raise UnreadableImage("the JPEG's header is buried in other bytes")


def _is_exif(source: Source, at: int, length: int) -> bool:
    return length >= len(_EXIF) and source.take(at, len(_EXIF)) == _EXIF


def _frame(body: bytes) -> ImageHeader:
    bits, bands = body[0], body[5]
    height, width = int.from_bytes(body[1:3]), int.from_bytes(body[3:5])
    if not (width and height and bands and bits):
        raise UnreadableImage("the JPEG says it is empty")
    return ImageHeader(width, height, bands, bits)
