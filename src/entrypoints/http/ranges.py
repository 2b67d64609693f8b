"""The header Range (RFC 9110): ranges of bytes; anything we do not serve in parts is answered whole."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST_PARTS = 10
MOST_ASKED = 50

_UNIT = "bytes="
_ONE = re.compile(r"([0-9]{0,18})-([0-9]{0,18})")


class UnsatisfiableRange(Exception):
    """Every range lies beyond the end."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """From `start` up to, not including, `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes it has."""
        return self.end - self.start

    def touches(self, other: "ByteRange") -> bool:
        """Whether they overlap or follow on each other."""
        return self.start <= other.end and other.start <= self.end

    def with_(self, other: "ByteRange") -> "ByteRange":
        """Both in one, for those that touch."""
        return ByteRange(min(self.start, other.start), max(self.end, other.end))


def wanted_ranges(header: str, size: int) -> Sequence[ByteRange]:
    """The parts a request asks for, in its order, none touching another; nothing when it must get the whole."""
    told = header.strip()
    if told[: len(_UNIT)].lower() != _UNIT:
        return ()
    asked = told[len(_UNIT) :].split(",")
    if len(asked) > MOST_ASKED:
        return ()
    spans = [_span(one.strip(" \t"), size) for one in asked]
    if None in spans:
        return ()
    parts = _merged([part for part in spans if part is not None and part.length > 0])
    if not parts:
        raise UnsatisfiableRange
    return parts if len(parts) <= MOST_PARTS else ()


def _span(told: str, size: int) -> ByteRange | None:
    """As much of it as there is; empty when it lies beyond the end, None when it is no range."""
    match = _ONE.fullmatch(told)
    if match is None or told == "-":
        return None
    first, last = match.groups()
    if not first:
        return ByteRange(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    start = int(first)
    return ByteRange(start, max(start, min(size, int(last) + 1) if last else size))


def _merged(parts: Sequence[ByteRange]) -> list[ByteRange]:
    """Each stands where the first of those it is made of stood."""
    merged: list[ByteRange] = []
    for part in parts:
        whole, place = part, len(merged)
        while touching := [at for at, other in enumerate(merged) if other.touches(whole)]:
            for at in reversed(touching):
                whole = whole.with_(merged.pop(at))
            place = min(place, *touching)
        merged.insert(place, whole)
    return merged
