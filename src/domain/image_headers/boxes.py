"""Boxes, the building blocks of AVIF, HEIC and MP4."""

from collections.abc import Iterator
from typing import NamedTuple

from domain.image_headers.header import UnreadableImage
from domain.image_headers.source import Source

OPEN_END = 1 << 62
_MOST_BOXES = 1024


class Box(NamedTuple):
    """One box: its kind, and where its content begins and ends."""

    kind: bytes
    at: int
    end: int


def boxes(source: Source, at: int, end: int = OPEN_END) -> Iterator[Box]:
    """The boxes side by side between two places; one that cannot be ends it as unreadable."""
    for _ in range(_MOST_BOXES):
        if at + 8 > end:
            return
        head = source.take(at, 8)
        size, content = int.from_bytes(head[:4]), at + 8
        if size == 1:
            size, content = source.number(at + 8, 8), at + 16
        behind = at + size if size else end
        if not content <= behind <= end:
            raise UnreadableImage("the image is built of boxes that do not fit into each other")
        yield Box(head[4:], content, behind)
        at = behind
    raise UnreadableImage("the image is built of too many boxes")


def inside(source: Source, box: Box | None, *path: bytes, skip: int = 0) -> Box | None:
    """The first box down a path of kinds; `skip` passes the version and flags of the outermost one."""
    for kind in path:
        if box is None:
            return None
        box = next((child for child in boxes(source, box.at + skip, box.end) if child.kind == kind), None)
        skip = 0
    return box


class Cursor:
    """Reads numbers one after the other from the content of a box."""

    def __init__(self, source: Source, box: Box, most: int) -> None:
        self._content = source.take(box.at, min(box.end - box.at, most))
        self._at = 0

    def number(self, size: int) -> int:
        """The next big-endian number."""
        self._at += size
        if self._at > len(self._content):
            raise UnreadableImage("the image has a table that ends early")
        return int.from_bytes(self._content[self._at - size : self._at])

    def version(self) -> tuple[int, int]:
        """Version and flags, which open most tables."""
        return self.number(1), self.number(3)
