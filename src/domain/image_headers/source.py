"""Bytes at a place, for parsers that hop; every way of running out has its own answer."""

from collections.abc import Callable

from domain.image_headers.header import HeaderBeyond, UnreadableImage

ReadAt = Callable[[int, int], bytes]
"""`read(offset, length)`: fewer bytes, or none, where the file ends."""

_LAST_OFFSET = 1 << 40  # Further out, seeking itself fails on common file systems.
_LEAST_WINDOW = 1 << 14
_LARGEST_WINDOW = 1 << 20
_MOST_READS = 8192
_PIECE = 4096


class EndsEarly(UnreadableImage):
    """The file stops before its header does."""


class Source:
    """A picture's bytes, by offset; `complete` says that what is missing does not exist."""

    def __init__(self, read: ReadAt, *, complete: bool) -> None:
        self._read = read
        self._complete = complete

    def take(self, at: int, length: int) -> bytes:
        """Exactly these bytes."""
        found = self._read(at, length) if at <= _LAST_OFFSET else b""
        if len(found) < length:
            raise EndsEarly("the image ends in the middle of its header") if self._complete else HeaderBeyond
        return found

    def number(self, at: int, length: int) -> int:
        """A big-endian number."""
        return int.from_bytes(self.take(at, length))

    def piece(self, at: int) -> bytes:
        """Some bytes from here on, at least one."""
        return self._read(at, _PIECE) or self.take(at, 1)


class Windows:
    """Turns small reads here and there into few larger ones, wider while they go straight on."""

    def __init__(self, read: ReadAt) -> None:
        self._read = read
        self._start = 0
        self._held = b""
        self._size = _LEAST_WINDOW
        self._reads = 0

    def __call__(self, at: int, length: int) -> bytes:
        """The bytes, out of the window where it holds them."""
        end = self._start + len(self._held)
        if not (self._start <= at and at + length <= end):
            follows = self._start < at <= end
            self._size = min(self._size * 2, _LARGEST_WINDOW) if follows else _LEAST_WINDOW
            self._fill(at, max(self._size, length))
        return self._held[at - self._start : at - self._start + length]

    def _fill(self, at: int, size: int) -> None:
        self._reads += 1
        if self._reads > _MOST_READS:
            raise UnreadableImage("the image's header is scattered over too many places")
        self._start, self._held = at, self._read(at, size)
