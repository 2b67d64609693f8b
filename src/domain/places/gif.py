"""GIF: XMP lies in it as it is, and only a long tail of numbers lets readers find out of it again."""

from collections.abc import Iterator

from domain.image_headers.source import Source
from domain.places.patches import NotCleanable, Patch
from domain.places.words import holds_a_place
from domain.places.xmp import LONGEST, cleaned_xmp

_IMAGE, _EXTENSION, _END, _COMMENT, _APPLICATION, _TEXT = 0x2C, 0x21, 0x3B, 0xFE, 0xFF, 0x01
_XMP, _KEPT = b"XMP DataXMP", (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")
_TAIL = b"\x01" + bytes(range(255, -1, -1))
_MOST_BLOCKS = 400_000
_MOST_PIECES = 4_000_000


def gif_patches(source: Source, size: int, *, everything: bool) -> list[Patch]:
    """What to change in a GIF."""
    return [patch for at, kind in _extensions(source, size) for patch in _changed(source, size, at, kind, everything)]


def _extensions(source: Source, size: int) -> Iterator[tuple[int, int]]:
    flags = source.number(10, 1)
    at, pieces = 13 + (6 << (flags & 7) if flags & 0x80 else 0), 0
    for _ in range(_MOST_BLOCKS):
        kind = source.number(at, 1) if at + 2 < size else _END
        if kind == _END:
            return
        if kind == _IMAGE:
            table = source.number(at + 9, 1)
            at += 11 + (6 << (table & 7) if table & 0x80 else 0)
        elif kind == _EXTENSION:
            yield at, source.number(at + 1, 1)
            at += 2
        else:
            at += 1
            continue
        while at < size and (length := source.number(at, 1)):
            at, pieces = at + 1 + length, pieces + 1
            if pieces > _MOST_PIECES:
                raise NotCleanable("it is cut into too many pieces")
        at += 1
    raise NotCleanable("it is cut into too many blocks")


def _changed(source: Source, size: int, at: int, kind: int, everything: bool) -> Iterator[Patch]:
    if kind == _APPLICATION:
        name = source.take(at + 3, min(11, size - at - 3))
        if name == _XMP:
            yield from _packet(source, size, at + 14, everything=everything)
            return
        if name in _KEPT:
            return
    elif kind not in {_COMMENT, _TEXT}:
        return
    blocks = list(_sub_blocks(source, size, at + 2))
    if kind == _APPLICATION:
        blocks = blocks[1:]  # the first is its name
    content = b"".join(source.take(place, length) for place, length in blocks)
    if kind != _TEXT and (everything or holds_a_place(content)):
        yield from (Patch(place, length, filler=b" ") for place, length in blocks)


def _packet(source: Source, size: int, at: int, *, everything: bool) -> Iterator[Patch]:
    held = source.take(at, min(size - at, LONGEST))
    end = held.find(_TAIL)
    if end < 0 or held[:1] != b"<":
        yield from (Patch(place, length, filler=b" ") for place, length in _sub_blocks(source, size, at))
        return
    fresh = cleaned_xmp(held[:end], everything=everything)
    if fresh != held[:end]:
        yield Patch(at, end, fresh)


def _sub_blocks(source: Source, size: int, at: int) -> Iterator[tuple[int, int]]:
    for _ in range(_MOST_PIECES):
        length = source.number(at, 1) if at < size else 0
        if not length:
            return
        yield at + 1, min(length, size - at - 1)
        at += 1 + length
    raise NotCleanable("it is cut into too many pieces")
