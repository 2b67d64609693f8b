"""GIF: nothing tells the number of frames, so its blocks are walked."""

import re
from collections.abc import Iterator

from domain.image_headers.header import HeaderBeyond, ImageHeader, UnreadableImage
from domain.image_headers.source import EndsEarly, Source

_IMAGE, _EXTENSION, _END, _CONTROL = 0x2C, 0x21, 0x3B, 0xF9
_BLOCK_START = re.compile(rb"[!,;]")
_MOST_BLOCKS = 200_000
_MOST_PIECES = 2_000_000
_MOST_FRAMES = 10_000


def read_gif(source: Source) -> ImageHeader:
    """The canvas (the screen, stretched by frames that leave it) and its frames, up to ten thousand."""
    screen = source.take(0, 13)
    sides = [int.from_bytes(screen[6:8], "little"), int.from_bytes(screen[8:10], "little")]
    bands, frames = 3, 0

    def header() -> ImageHeader | None:
        return ImageHeader(sides[0], sides[1], bands, frames=frames) if frames and all(sides) else None

    try:
        for kind, body in _blocks(source, 13 + _table(screen[10])):
            if kind == _CONTROL:
                bands = 4 if body[0] & 1 else bands
                continue
            left, top, width, height = (int.from_bytes(body[at : at + 2], "little") for at in (0, 2, 4, 6))
            sides[:] = max(sides[0], left + width), max(sides[1], top + height)
            frames += 1
            if frames == _MOST_FRAMES:
                break
    except HeaderBeyond:
        raise HeaderBeyond(header()) from None
    except EndsEarly:
        if not frames:
            raise
    if found := header():
        return found
    raise UnreadableImage("the GIF holds no picture")


def _table(flags: int) -> int:
    """Bytes of the colour table these flags announce."""
    return 6 << (flags & 7) if flags & 0x80 else 0


def _blocks(source: Source, at: int) -> Iterator[tuple[int, bytes]]:
    """Image descriptors and graphic controls; decoders step over unknown bytes, so we do."""
    pieces = 0
    for _ in range(_MOST_BLOCKS):
        kind = source.number(at, 1)
        if kind == _END:
            return
        if kind == _IMAGE:
            descriptor = source.take(at + 1, 9)
            yield _IMAGE, descriptor
            at += 11 + _table(descriptor[8])
        elif kind == _EXTENSION:
            if source.number(at + 1, 1) == _CONTROL:
                yield _CONTROL, source.take(at + 3, 1)
            at += 2
        else:
            piece = source.piece(at)
            start = _BLOCK_START.search(piece)
            at += start.start() if start else len(piece)
            continue
        at, pieces = _past_data(source, at, pieces)
    raise UnreadableImage("the GIF is cut into too many blocks")


def _past_data(source: Source, at: int, pieces: int) -> tuple[int, int]:
    """Behind a run of sub-blocks, and how many pieces have been passed in all."""
    while pieces < _MOST_PIECES:
        piece = source.piece(at)
        offset, end = 0, len(piece)
        while offset < end:
            size = piece[offset]
            pieces += 1
            if not size:
                return at + offset + 1, pieces
            offset += size + 1
        at += offset
    raise UnreadableImage("the GIF's data are cut into too many pieces")
