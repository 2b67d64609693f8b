"""MP4, MOV, AVIF and HEIC: boxes in boxes. Everything is found by its offset, so what goes is emptied where it lies."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.image_headers.boxes import Box
from domain.image_headers.source import Source
from domain.places.items import item_patches
from domain.places.patches import NotCleanable, Patch
from domain.places.tiff import cleaned_block
from domain.places.tracks import Track, sample_patches
from domain.places.words import holds_a_place, names_a_place
from domain.places.xmp import cleaned_xmp

_INTO = frozenset(
    {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"moof", b"traf", b"edts", b"dinf", b"mvex", b"ilst"}
)
_PLACES = frozenset({b"\xa9xyz", b"loci", b"\xa9gps", b"\xa9loc", b"GPMF", b"gps ", b"GPS ", b"gsst", b"gstd"})
_PLAIN = frozenset({b"ftyp", b"mdat", b"free", b"skip", b"wide", b"mvhd", b"tkhd", b"hdlr", b"stsd", b"stts", b"stsz",
                    b"stsc", b"stco", b"co64", b"stss", b"ctts", b"iloc", b"iinf", b"iprp", b"idat"})  # fmt: skip
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_EXIF = bytes.fromhex("4a706754696666457869662d3e4a5032")
_DATA = b"data"
_LONGEST = 16 << 20
_MOST_BOXES = 200_000
_MOST_DEPTH = 12
_UUID = 16


@dataclass
class Boxes:
    """One file of boxes, beginning at `start`."""

    source: Source
    size: int
    everything: bool
    start: int = 0
    looked_at: int = 0

    def patches(self) -> Iterator[Patch]:
        """What to change."""
        yield from self._inside(Box(b"", self.start, self.size), (), 0)

    def _each(self, at: int, end: int) -> Iterator[tuple[int, Box]]:
        """The boxes side by side, and where each begins; the last may be cut short."""
        while at + 8 <= end:
            self.looked_at += 1
            if self.looked_at > _MOST_BOXES:
                raise NotCleanable("it is built of too many boxes")
            length, kind, content = self.source.number(at, 4), self.source.take(at + 4, 4), at + 8
            if length == 1 and at + 16 <= end:
                length, content = self.source.number(at + 8, 8), at + 16
            behind = at + length if length else end
            if behind < content:
                return  # four zeros end a QuickTime list, and nothing sensible begins like that
            yield at, Box(kind, content, min(behind, end))
            at = behind

    def _inside(self, parent: Box, path: tuple[bytes, ...], depth: int) -> Iterator[Patch]:
        if depth > _MOST_DEPTH:
            raise NotCleanable("its boxes lie too deep in each other")
        for at, box in self._each(parent.at, parent.end):
            yield from self._of(at, box, (*path, box.kind), depth)

    def _of(self, at: int, box: Box, path: tuple[bytes, ...], depth: int) -> Iterator[Patch]:
        if box.kind in _PLACES:
            yield from _emptied(at, box)
        elif box.kind == b"trak":
            track = Track.of(self, box)
            if track.tells_places(self.source):
                yield from sample_patches(self.source, self.size, self.start, track)
                yield Patch(at + 4, 4, b"free")
            yield from self._inside(box, path, depth + 1)
        elif box.kind == b"meta":
            yield from self._meta(box, path, depth)
        elif box.kind == b"udta" and self.everything:
            for child_at, child in self._each(box.at, box.end):
                yield from self._told(child_at, child) if child.kind == b"XMP_" else _emptied(child_at, child)
        elif box.kind in _INTO:
            yield from self._inside(box, path, depth + 1)
        elif box.kind in {b"uuid", b"XMP_"}:
            yield from self._told(at, box)
        elif box.kind not in _PLAIN:
            yield from self._unknown(at, box)

    def _meta(self, box: Box, path: tuple[bytes, ...], depth: int) -> Iterator[Patch]:
        """Items, or keys and their values; QuickTime leaves out the version that MP4 begins it with."""
        skip = 0 if self.source.take(box.at, min(8, box.end - box.at))[4:] in {b"hdlr", b"keys", b"ilst"} else 4
        children = [child for _, child in self._each(box.at + skip, box.end)]
        yield from item_patches(self.source, self.size, self.start, children, everything=self.everything)
        named = next((list(self._keys(child)) for child in children if child.kind == b"keys"), [])
        for at, child in self._each(box.at + skip, box.end):
            if child.kind == b"ilst":
                yield from self._values(child, named)
            elif child.kind != b"keys":
                yield from self._of(at, child, (*path, child.kind), depth + 1)

    def _keys(self, box: Box) -> Iterator[str]:
        for _, key in self._each(box.at + 8, box.end):
            yield self.source.take(key.at, min(key.end - key.at, 1024)).decode("latin-1")

    def _values(self, box: Box, named: list[str]) -> Iterator[Patch]:
        for at, value in self._each(box.at, box.end):
            number = int.from_bytes(value.kind)
            name = named[number - 1] if 1 <= number <= len(named) else ""
            held = self.source.take(value.at, min(value.end - value.at, 4096))
            free = value.kind == b"----" and names_a_place(_freely_named(held))
            if self.everything or value.kind in _PLACES or names_a_place(name) or free or holds_a_place(held):
                yield from _emptied(at, value)

    def _told(self, at: int, box: Box) -> Iterator[Patch]:
        if box.end - box.at > _LONGEST:
            raise NotCleanable("what it tells of itself is too long to be gone through")
        held = self.source.take(box.at, box.end - box.at)
        head = _UUID if box.kind == b"uuid" else 0
        if box.kind == b"XMP_" or held[:_UUID] == _XMP:
            fresh = held[:head] + cleaned_xmp(held[head:], everything=self.everything)
        elif held[:_UUID] == _EXIF:
            fresh = held[:head] + cleaned_block(held[head:], everything=self.everything)
        else:
            yield from self._unknown(at, box)
            return
        if fresh != held:
            yield Patch(box.at, len(held), fresh)

    def _unknown(self, at: int, box: Box) -> Iterator[Patch]:
        """A box that nobody explains goes when a place stands in it."""
        held = self.source.take(box.at, min(box.end - box.at, _LONGEST))
        if holds_a_place(held):
            yield from _emptied(at, box)


def box_patches(source: Source, size: int, *, everything: bool, start: int = 0) -> list[Patch]:
    """What to change in a file of boxes that begins at `start`."""
    return list(Boxes(source, size, everything, start).patches())


def _emptied(at: int, box: Box) -> Iterator[Patch]:
    yield Patch(at + 4, 4, b"free")
    yield Patch(box.at, box.end - box.at)


def _freely_named(held: bytes) -> str:
    at = held.find(b"name")
    size = int.from_bytes(held[at - 4 : at]) if at >= 4 else 0
    return held[at + 8 : at - 4 + size].decode("latin-1") if at >= 4 else ""
