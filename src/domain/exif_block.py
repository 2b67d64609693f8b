"""The shape of an EXIF block: directories of tags, as in a TIFF, read without trusting a byte of it."""

import struct
import unicodedata
from typing import NamedTuple

LONGEST_TEXT = 200
EXIF_AT, GPS_AT = 0x8769, 0x8825
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8, 129: 1}
ENTRY = 12

_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_INTEGERS = {1: "B", 3: "H", 4: "I", 9: "i"}
_RATIONALS = {5: "I", 10: "i"}
_TEXTS = frozenset({1, 2, 7, 129})
_MOST_TAGS = 1024
_MOST_BYTES = 4096


class Value(NamedTuple):
    """What stands behind one tag, as stored."""

    kind: int
    raw: bytes


class Block:
    """A block in the shape of a TIFF: directories of tags, which point wherever they like."""

    def __init__(self, block: bytes) -> None:
        self._block = block
        self._order = _ORDERS.get(block[:4], "")
        self.first = self._directory(self._number(4, 4)) if self._order else {}
        self.second = self._below(EXIF_AT)
        self.place = self._below(GPS_AT)

    def text(self, value: Value | None) -> str | None:
        """As people may read it, or None."""
        if value is None or value.kind not in _TEXTS:
            return None
        raw = value.raw.partition(b"\0")[0]
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
        return cleaned(text) or None

    def integer(self, value: Value | None) -> int | None:
        """The first of its whole numbers, or None."""
        if value is None or value.kind not in _INTEGERS or len(value.raw) < SIZES[value.kind]:
            return None
        return int(struct.unpack_from(self._order + _INTEGERS[value.kind], value.raw)[0])

    def fractions(self, value: Value | None) -> list[tuple[int, int]]:
        """Its fractions; the lower half may be zero."""
        if value is None or value.kind not in _RATIONALS:
            return []
        pairs = struct.Struct(self._order + _RATIONALS[value.kind] * 2)
        whole = value.raw[: len(value.raw) // pairs.size * pairs.size]
        return list(pairs.iter_unpack(whole))

    def _below(self, tag: int) -> dict[int, Value]:
        at = self.integer(self.first.get(tag))
        return self._directory(at) if at else {}

    def _directory(self, at: int) -> dict[int, Value]:
        found: dict[int, Value] = {}
        for entry in range(at + 2, at + 2 + ENTRY * min(self._number(at, 2), _MOST_TAGS), ENTRY):
            if entry + ENTRY > len(self._block):
                break
            tag, kind, count = self._number(entry, 2), self._number(entry + 2, 2), self._number(entry + 4, 4)
            length = SIZES.get(kind, 0) * count
            if not length:
                continue
            begins = entry + 8 if length <= 4 else self._number(entry + 8, 4)
            raw = self._block[begins : begins + min(length, _MOST_BYTES)]
            found.setdefault(tag, Value(kind, raw))
        return found

    def _number(self, at: int, size: int) -> int:
        return int.from_bytes(self._block[at : at + size], "little" if self._order == "<" else "big")


def cleaned(text: str, longest: int = LONGEST_TEXT) -> str:
    """One line that can be printed."""
    printable = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(printable.split())[:longest].strip()
