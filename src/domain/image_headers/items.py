"""The items of an AVIF or HEIC file: which one is the picture, and what is said of it."""

from operator import le
from typing import NamedTuple

from domain.image_headers.boxes import Box, Cursor, boxes, inside
from domain.image_headers.header import ImageHeader, UnreadableImage
from domain.image_headers.item_exif import exif_item
from domain.image_headers.source import Source

_ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1")
_MOST_TABLE = 1 << 18
_FULL = 4
_PROFILES = (b"prof", b"rICC")
_LEAST_PROFILE, _MOST_PROFILE = 4 + 128, 64 * 1024


class _Facts(NamedTuple):
    """What the properties of one item say."""

    sides: tuple[int, int] | None
    bands: int
    bits: int
    turns: int
    shown: tuple[int, int] | None
    profile: bytes | None


def primary_item(source: Source, meta: Box) -> ImageHeader:
    """The picture people see, already turned upright; a grid says the size of the whole."""
    parts: dict[bytes, Box] = {}
    for child in boxes(source, meta.at + _FULL, meta.end):
        parts.setdefault(child.kind, child)
    handler = parts.get(b"hdlr")
    if handler is None or source.take(handler.at, 12)[8:] != b"pict" or b"pitm" not in parts:
        raise UnreadableImage("the image does not say which of its items is the picture")
    primary = _primary(source, parts[b"pitm"])
    properties = inside(source, parts.get(b"iprp"), b"ipco")
    known = list(boxes(source, properties.at, properties.end)) if properties else []
    used = _associations(source, parts.get(b"iprp"))
    facts = _facts(source, [known[index] for index in used.get(primary, ()) if index < len(known)])
    if facts.sides is None:
        raise UnreadableImage("the image does not say how large it is")
    auxiliaries = _auxiliaries(source, parts.get(b"iref"), primary)
    alpha = any(
        _is_alpha(source, known[index]) for item in auxiliaries for index in used.get(item, ()) if index < len(known)
    )
    sides, shown = facts.sides, facts.shown
    if facts.turns % 2:
        sides, shown = sides[::-1], shown and shown[::-1]
    exif = exif_item(source, meta)
    return ImageHeader(*sides, facts.bands + alpha, facts.bits, exif=exif, shown=shown, profile=facts.profile)


def _primary(source: Source, box: Box) -> int:
    cursor = Cursor(source, box, 16)
    version, _ = cursor.version()
    return cursor.number(2 if version == 0 else 4)


def _associations(source: Source, iprp: Box | None) -> dict[int, list[int]]:
    """Which properties each item has, as indexes from 0."""
    table = inside(source, iprp, b"ipma")
    if table is None:
        return {}
    cursor = Cursor(source, table, _MOST_TABLE)
    version, flags = cursor.version()
    wide = 2 if flags & 1 else 1
    found: dict[int, list[int]] = {}
    for _ in range(cursor.number(4)):
        item = cursor.number(4 if version else 2)
        indexes = [cursor.number(wide) & (0x7FFF if wide == 2 else 0x7F) for _ in range(cursor.number(1))]
        found.setdefault(item, [index - 1 for index in indexes if index])
    return found


def _facts(source: Source, properties: list[Box]) -> _Facts:
    sides, bands, bits, turns = None, 3, 8, 0
    aperture, profile = None, None
    for box in properties:
        match box.kind:
            case b"ispe":
                cursor = Cursor(source, box, 12)
                cursor.version()
                width, height = cursor.number(4), cursor.number(4)
                sides = (width, height) if width and height else None
            case b"irot":
                turns = Cursor(source, box, 1).number(1) & 3
            case b"clap":
                aperture = _aperture(Cursor(source, box, 16))
            case b"colr":
                profile = profile or _profile(source, box)
            case b"pixi":
                cursor = Cursor(source, box, 64)
                cursor.version()
                bands = cursor.number(1) or 3
                bits = cursor.number(1) or 8
    cut = aperture is not None and sides is not None and all(map(le, aperture, sides))
    return _Facts(sides, bands, bits, turns, aperture if cut else None, profile)


def _aperture(cursor: Cursor) -> tuple[int, int] | None:
    """What is to be seen of the picture: encoders fill it up to whole blocks."""
    width, across, height, down = (cursor.number(4) for _ in range(4))
    seen = (width // across, height // down) if across and down else (0, 0)
    return seen if all(seen) else None


def _profile(source: Source, box: Box) -> bytes | None:
    if not _LEAST_PROFILE <= box.end - box.at <= _MOST_PROFILE:
        return None
    content = source.take(box.at, box.end - box.at)
    return content[4:] if content[:4] in _PROFILES else None


def _auxiliaries(source: Source, iref: Box | None, primary: int) -> list[int]:
    """Items that are auxiliary to the picture: its transparency, its depth."""
    if iref is None:
        return []
    size = 4 if source.number(iref.at, 1) else 2
    found = []
    for box in boxes(source, iref.at + _FULL, iref.end):
        if box.kind == b"auxl":
            cursor = Cursor(source, box, _MOST_TABLE)
            item = cursor.number(size)
            if primary in [cursor.number(size) for _ in range(cursor.number(2))]:
                found.append(item)
    return found


def _is_alpha(source: Source, box: Box) -> bool:
    return box.kind == b"auxC" and source.take(box.at, min(box.end - box.at, 64))[_FULL:].startswith(_ALPHA)
