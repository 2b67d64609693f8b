"""EXIF: what a camera wrote into a picture, read without trusting a byte of it, and written anew without the place."""

import struct
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from domain.exif_block import ENTRY, EXIF_AT, SIZES, Block, Value

_ASCII, _SHORT, _LONG, _RATIONAL = 2, 3, 4, 5

_ORIENTATION = 0x0112
_FIRST_TEXTS = {
    0x010F: "camera_make",
    0x0110: "camera_model",
    0x0131: "software",
    0x013B: "artist",
    0x8298: "copyright",
}
_SECOND_TEXTS = {0xA434: "lens"}
_MEASURES = {0x829A: "exposure", 0x829D: "f_number", 0x920A: "focal_length"}
_ISO = 0x8827
# Where the moment, its offset from UTC and its fraction of a second stand, the most telling first.
_MOMENTS = ((0x9003, 0x9011, 0x9291), (0x9004, 0x9012, 0x9292), (0x0132, 0x9010, 0x9290))
_CHANGED = 0x0132
_LATITUDE, _LONGITUDE, _ALTITUDE = (1, 2, "NS", 90), (3, 4, "EW", 180), (5, 6)

_KEPT_FIRST = frozenset({*_FIRST_TEXTS, _CHANGED})
_KEPT_SECOND = frozenset({*_SECOND_TEXTS, *_MEASURES, _ISO, *(tag for tags in _MOMENTS for tag in tags)} - {_CHANGED})


def read_exif(block: bytes) -> Mapping[str, Any]:
    """The facts in an EXIF block, by name; what is damaged or makes no sense is left out.

    `exposure` is in seconds, `focal_length` in millimetres; `taken_at` has an offset only where the camera knew it.
    """
    exif = Block(block)
    facts: dict[str, Any] = {}
    facts |= {name: exif.text(exif.first.get(tag)) for tag, name in _FIRST_TEXTS.items()}
    facts |= {name: exif.text(exif.second.get(tag)) for tag, name in _SECOND_TEXTS.items()}
    facts["taken_at"] = _taken_at(exif)
    facts |= {name: _measure(exif.fractions(exif.second.get(tag))) for tag, name in _MEASURES.items()}
    iso = exif.integer(exif.second.get(_ISO))
    facts["iso"] = iso if iso is not None and iso > 0 else None
    orientation = exif.integer(exif.first.get(_ORIENTATION))
    facts["orientation"] = orientation if orientation in range(1, 9) else None
    facts["gps"] = _gps(exif)
    return {name: value for name, value in facts.items() if value is not None}


def without_gps(block: bytes) -> bytes:
    """A fresh block that says the same of the camera and the moment, that the picture stands upright, and no more."""
    exif = Block(block)
    first = _kept(exif, exif.first, _KEPT_FIRST)
    second = _kept(exif, exif.second, _KEPT_SECOND)
    first[_ORIENTATION] = _packed_integer(1)
    if second:
        first[EXIF_AT] = Value(_LONG, bytes(4))
        first[EXIF_AT] = Value(_LONG, struct.pack(">I", 8 + len(_written(first, at=8))))
    head = b"MM\0*" + struct.pack(">I", 8) + _written(first, at=8)
    return head + (_written(second, at=len(head)) if second else b"")


def _taken_at(exif: Block) -> str | None:
    for moment, offset, fraction in _MOMENTS:
        told = exif.text((exif.first if moment == _CHANGED else exif.second).get(moment))
        try:
            taken = datetime.strptime(told or "", "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007  (the offset stands elsewhere)
        except ValueError:
            continue
        digits = exif.text(exif.second.get(fraction)) or ""
        if digits.isascii() and digits.isdigit():
            taken = taken.replace(microsecond=int(digits[:6].ljust(6, "0")))
        return taken.replace(tzinfo=_zone(exif.text(exif.second.get(offset)))).isoformat()
    return None


def _zone(told: str | None) -> tzinfo | None:
    if told is None or len(told) != len("+00:00"):
        return None
    try:
        return datetime.strptime(told, "%z").tzinfo
    except ValueError:
        return None


def _measure(fractions: list[tuple[int, int]]) -> float | None:
    if not fractions or not _positive(*fractions[0]):
        return None
    above, below = fractions[0]
    return round(above / below, 9) or None


def _positive(above: int, below: int) -> bool:
    return above * below > 0


def _gps(exif: Block) -> dict[str, float] | None:
    latitude, longitude = _degrees(exif, *_LATITUDE), _degrees(exif, *_LONGITUDE)
    if latitude is None or longitude is None:
        return None
    found = {"latitude": latitude, "longitude": longitude}
    below_sea, height = exif.integer(exif.place.get(_ALTITUDE[0])), exif.fractions(exif.place.get(_ALTITUDE[1]))
    if height and height[0][1]:
        metres = height[0][0] / height[0][1]
        found["altitude"] = round(-metres if below_sea == 1 else metres, 3)
    return found


def _degrees(exif: Block, side: int, tag: int, sides: str, most: int) -> float | None:
    parts = exif.fractions(exif.place.get(tag))[:3]
    towards = (exif.text(exif.place.get(side)) or "").upper()
    if len(towards) != 1 or towards not in sides or not parts or not parts[0][1]:
        return None
    degrees: float = sum(above / below / 60**index for index, (above, below) in enumerate(parts) if below)
    if not 0 <= degrees <= most:
        return None
    return round(-degrees if towards in "SW" else degrees, 7)


def _kept(exif: Block, directory: Mapping[int, Value], tags: frozenset[int]) -> dict[int, Value]:
    """Only what has the shape it should have: nothing else hides behind a tag of ours."""
    found: dict[int, Value] = {}
    for tag in tags & directory.keys():
        value = directory[tag]
        if tag in _MEASURES:
            fractions = exif.fractions(value)
            if fractions and _positive(*fractions[0]):
                found[tag] = Value(_RATIONAL, struct.pack(">II", *map(abs, fractions[0])))
        elif tag == _ISO:
            if (number := exif.integer(value)) is not None and number > 0:
                found[tag] = _packed_integer(number)
        elif (text := exif.text(value)) is not None:
            found[tag] = Value(_ASCII, text.encode() + b"\0")
    return found


def _packed_integer(number: int) -> Value:
    return Value(_SHORT, struct.pack(">H", number)) if number < 1 << 16 else Value(_LONG, struct.pack(">I", number))


def _written(directory: Mapping[int, Value], *, at: int) -> bytes:
    """A directory that lies at this place, its longer values right behind it."""
    entries, behind = [], b""
    values_at = at + 2 + ENTRY * len(directory) + 4
    for tag, (kind, raw) in sorted(directory.items()):
        count = len(raw) // SIZES[kind]
        if len(raw) <= 4:
            held = raw.ljust(4, b"\0")
        else:
            held = struct.pack(">I", values_at + len(behind))
            behind += raw + bytes(len(raw) % 2)
        entries.append(struct.pack(">HHI", tag, kind, count) + held)
    return struct.pack(">H", len(directory)) + b"".join(entries) + bytes(4) + behind
