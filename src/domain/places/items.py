"""The items of an AVIF or HEIC file that tell something of it: EXIF and XMP, in pieces anywhere in the file."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from domain.image_headers.boxes import Box, Cursor, boxes
from domain.image_headers.source import Source
from domain.places.patches import NotCleanable, Patch
from domain.places.tiff import cleaned_block
from domain.places.words import holds_a_place
from domain.places.xmp import cleaned_xmp

_LONGEST = 16 << 20
_MOST_ITEMS = 10_000
_MOST_TABLE = 1 << 20
_IN_FILE, _IN_IDAT = 0, 1
_XMP_TYPE = b"application/rdf+xml"


class _Item(NamedTuple):
    kind: bytes
    type: bytes


def item_patches(
    source: Source, size: int, start: int, children: Sequence[Box], *, everything: bool
) -> Iterator[Patch]:
    """What to change in the items that a `meta` box with these children speaks of."""
    by_kind = {child.kind: child for child in reversed(children)}
    if b"iinf" not in by_kind or b"iloc" not in by_kind:
        return
    told = dict(_telling(source, by_kind[b"iinf"]))
    for number, method, extents in _places(source, by_kind[b"iloc"]):
        if number in told and method in {_IN_FILE, _IN_IDAT}:
            base = start if method == _IN_FILE else by_kind[b"idat"].at if b"idat" in by_kind else size
            placed = [(base + at, length or size - base - at) for at, length in extents]
            yield from _changed(source, size, told[number], placed, everything=everything)
        elif number in told:
            raise NotCleanable("what it tells of itself is made of other items")


def _telling(source: Source, iinf: Box) -> Iterator[tuple[int, _Item]]:
    """The items that are neither pictures nor parts of one."""
    wide = source.number(iinf.at, 1) > 0
    for entry in boxes(source, iinf.at + 4 + (4 if wide else 2), iinf.end):
        cursor = Cursor(source, entry, 4096)
        version, _ = cursor.version()
        if entry.kind != b"infe" or version < 2:
            continue
        number, _, kind = cursor.number(4 if version > 2 else 2), cursor.number(2), cursor.number(4).to_bytes(4)
        held = source.take(entry.at, min(entry.end - entry.at, 4096))[(14 if version > 2 else 12) :]
        if kind in {b"Exif", b"mime", b"uri "}:
            yield number, _Item(kind, [*held.split(b"\0"), b"", b""][1])


def _places(source: Source, iloc: Box) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    cursor = Cursor(source, iloc, _MOST_TABLE)
    version, _ = cursor.version()
    sizes = cursor.number(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    wide = 4 if version == 2 else 2
    for _ in range(min(cursor.number(wide), _MOST_ITEMS)):
        number, method = cursor.number(wide), cursor.number(2) & 15 if version else 0
        cursor.number(2)
        base = cursor.number(base_size)
        extents = []
        for _ in range(cursor.number(2)):
            if version and index_size:
                cursor.number(index_size)
            extents.append((base + cursor.number(offset_size), cursor.number(length_size)))
        yield number, method, extents


def _changed(
    source: Source, size: int, item: _Item, extents: list[tuple[int, int]], *, everything: bool
) -> Iterator[Patch]:
    if sum(length for _, length in extents) > _LONGEST or any(at + length > size for at, length in extents):
        raise NotCleanable("what it tells of itself does not lie where it says")
    content = b"".join(source.take(at, length) for at, length in extents)
    fresh = _cleaned(item, content, everything=everything)
    if fresh == content:
        return
    done = 0
    for at, length in extents:
        yield Patch(at, length, fresh[done : done + length])
        done += length


def _cleaned(item: _Item, content: bytes, *, everything: bool) -> bytes:
    if item.kind == b"Exif":
        head = min(4 + int.from_bytes(content[:4]), len(content))
        return content[:head] + cleaned_block(content[head:], everything=everything)
    if item.type == _XMP_TYPE:
        return cleaned_xmp(content, everything=everything)
    return bytes(len(content)) if everything or holds_a_place(content) else content
