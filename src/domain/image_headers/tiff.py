"""TIFF and BigTIFF: the first directory, and how many follow it."""

import struct
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from domain.image_headers.exif import upright_if_odd
from domain.image_headers.header import HeaderBeyond, ImageHeader, UnreadableImage
from domain.image_headers.source import EndsEarly, Source

_WIDTH, _HEIGHT, _BITS, _COLOURS, _ORIENTATION, _BANDS = 256, 257, 258, 262, 274, 277
_WANTED = frozenset({_WIDTH, _HEIGHT, _BITS, _COLOURS, _ORIENTATION, _BANDS})
_PALETTE = 3
_NUMBERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}
_MOST_TAGS = 4096
_MOST_VALUES = 16
_MOST_PAGES = 2000


class _Layout(NamedTuple):
    """How this TIFF writes its numbers: byte order, and the widths of sizes and offsets."""

    order: str
    size: str
    offset: str

    @property
    def entry(self) -> struct.Struct:
        return struct.Struct(f"{self.order}HH{self.offset}{struct.calcsize(self.offset)}s")

    def number(self, source: Source, at: int, kind: str) -> int:
        raw = source.take(at, struct.calcsize("<" + kind))
        return int(struct.unpack(self.order + kind, raw)[0])


_LAYOUTS = {
    b"II*\0": (_Layout("<", "H", "I"), 4),
    b"MM\0*": (_Layout(">", "H", "I"), 4),
    b"II+\0": (_Layout("<", "Q", "Q"), 8),
    b"MM\0+": (_Layout(">", "Q", "Q"), 8),
}


def read_tiff(source: Source) -> ImageHeader:
    """The first page, with the number of pages as frames (up to two thousand)."""
    layout, first_at = _LAYOUTS[source.take(0, 4)]
    first = layout.number(source, first_at, layout.offset)
    header = _page(_tags(source, layout, first))
    try:
        return replace(header, frames=_pages(source, layout, first))
    except HeaderBeyond:
        raise HeaderBeyond(header) from None


def _tags(source: Source, layout: _Layout, at: int) -> dict[int, list[int]]:
    """The wanted tags of a directory, with their first few values."""
    count = layout.number(source, at, layout.size)
    if not 0 < count <= _MOST_TAGS:
        raise UnreadableImage("the TIFF has no sound directory")
    entries = source.take(at + struct.calcsize("<" + layout.size), count * layout.entry.size)
    found: dict[int, list[int]] = {}
    for tag, kind, values, inline in layout.entry.iter_unpack(entries):
        if tag in _WANTED and kind in _NUMBERS and values:
            found.setdefault(tag, _values(source, layout, _NUMBERS[kind] * min(values, _MOST_VALUES), inline, values))
    return found


def _values(source: Source, layout: _Layout, kinds: str, inline: bytes, count: int) -> list[int]:
    """The values of a tag: in the entry itself when all of them fit there, else where it points."""
    numbers = struct.Struct(layout.order + kinds)
    if numbers.size // len(kinds) * count <= len(inline):
        return list(numbers.unpack_from(inline))
    (at,) = struct.unpack(layout.order + layout.offset, inline)
    return list(numbers.unpack(source.take(at, numbers.size)))


def _page(tags: Mapping[int, list[int]]) -> ImageHeader:
    def first(tag: int, default: int) -> int:
        return tags.get(tag, [default])[0]

    width, height = first(_WIDTH, 0), first(_HEIGHT, 0)
    if not (width and height):
        raise UnreadableImage("the TIFF does not say how large it is")
    palette = first(_COLOURS, 0) == _PALETTE
    return ImageHeader(
        width,
        height,
        bands=3 if palette else max(1, first(_BANDS, 1)),
        bits=8 if palette else max(1, *tags.get(_BITS, [1])),
        orientation=upright_if_odd(first(_ORIENTATION, 1)),
    )


def _pages(source: Source, layout: _Layout, at: int) -> int:
    """Length of the chain of directories; one that turns back or breaks off ends there."""
    seen: set[int] = set()
    try:
        while at and at not in seen and len(seen) < _MOST_PAGES:
            count = layout.number(source, at, layout.size)
            if not 0 < count <= _MOST_TAGS:
                break
            seen.add(at)
            behind = at + struct.calcsize("<" + layout.size) + count * layout.entry.size
            at = layout.number(source, behind, layout.offset)
    except EndsEarly:
        pass
    return max(1, len(seen))
