"""The header Range (RFC 9110): one range of bytes; anything we do not serve in parts is answered whole."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ONE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)


class UnsatisfiableRange(Exception):
    """The range lies beyond the end."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """From `start` up to, not including, `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes it has."""
        return self.end - self.start


def wanted_range(headers: Mapping[str, str], size: int, etag: str) -> ByteRange | None:
    """The part a request asks for, or None when it wants, or must get, the whole."""
    told = _ONE.fullmatch(headers.get("range", "").strip())
    if told is None or headers.get("if-range", etag) != etag:
        return None
    first, last = told.groups()
    if not first and not last:
        return None
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if first and last and int(last) < int(first):
        return None
    if start >= size:
        raise UnsatisfiableRange
    return ByteRange(start, end)
