"""The EXIF block of an AVIF or HEIC file: an item of its own, somewhere in the file."""

from domain.image_headers.boxes import Box, Cursor, boxes, inside
from domain.image_headers.exif import block_of
from domain.image_headers.header import HeaderBeyond, UnreadableImage
from domain.image_headers.source import Source

_FULL = 4
_MOST_TABLE = 1 << 18
_MOST_EXIF = 1 << 20
_IN_FILE, _IN_IDAT = 0, 1


def exif_item(source: Source, meta: Box) -> bytes | None:
    """The block, or None when there is none that can be come by: a picture is none the worse for that."""
    try:
        item = _exif_id(source, inside(source, meta, b"iinf", skip=_FULL))
        place = None if item is None else _place(source, meta, item)
        if place is None or not _FULL < place[1] <= _MOST_EXIF:
            return None
        content = source.take(*place)
        return block_of(content[_FULL + int.from_bytes(content[:_FULL]) :]) or block_of(content[_FULL:])
    except (HeaderBeyond, UnreadableImage):
        return None


def _exif_id(source: Source, iinf: Box | None) -> int | None:
    if iinf is None:
        return None
    wide = source.number(iinf.at, 1) > 0
    for entry in boxes(source, iinf.at + _FULL + (4 if wide else 2), iinf.end):
        cursor = Cursor(source, entry, 16)
        version, _ = cursor.version()
        item, _, kind = cursor.number(4 if version > 2 else 2), cursor.number(2), cursor.number(4)
        if kind.to_bytes(4) == b"Exif":
            return item
    return None


def _place(source: Source, meta: Box, wanted: int) -> tuple[int, int] | None:
    """Where the item begins and how long it is, when it lies in one piece."""
    table = inside(source, meta, b"iloc", skip=_FULL)
    if table is None:
        return None
    cursor = Cursor(source, table, _MOST_TABLE)
    version, _ = cursor.version()
    sizes = cursor.number(2)
    offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    for _ in range(cursor.number(4 if version > 1 else 2)):
        item = cursor.number(4 if version > 1 else 2)
        method = cursor.number(2) & 15 if version else _IN_FILE
        cursor.number(2)
        begins = cursor.number(base)
        pieces = [
            (cursor.number(index if version else 0), begins + cursor.number(offset), cursor.number(length))
            for _ in range(cursor.number(2))
        ]
        if item == wanted:
            return _absolute(source, meta, method, pieces)
    return None


def _absolute(source: Source, meta: Box, method: int, pieces: list[tuple[int, int, int]]) -> tuple[int, int] | None:
    if len(pieces) != 1 or method not in {_IN_FILE, _IN_IDAT}:
        return None
    _, at, length = pieces[0]
    if method == _IN_FILE:
        return at, length
    idat = inside(source, meta, b"idat", skip=_FULL)
    return None if idat is None else (idat.at + at, length)
