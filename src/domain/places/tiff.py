"""EXIF and TIFF: directories of tags. A directory without a tag is written where it stood, and nothing else moves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from domain.errors import Invalid
from domain.image_headers.source import Source
from domain.places.iptc import cleaned_blocks, cleaned_iptc
from domain.places.patches import NotCleanable, Patch, patched
from domain.places.xmp import cleaned_xmp

_ORDERS = {b"II*\0": "little", b"MM\0*": "big", b"II+\0": "little", b"MM\0+": "big"}
_BIG = (b"II+\0", b"MM\0+")
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8, 129: 1}
_GPS, _EXIF, _INTEROP, _SUB = 0x8825, 0x8769, 0xA005, 0x014A
_XMP, _IPTC, _PHOTOSHOP, _MAKER = 0x02BC, 0x83BB, 0x8649, 0x927C
_ORIENTATION, _COLOURS = 0x0112, 0xA001
_DESCRIPTIVE = frozenset(
    {0x010D, 0x010E, 0x010F, 0x0110, 0x011D, 0x0131, 0x0132, 0x013B, 0x013C, 0x8298, 0x800D, 0xC68B, 0xC4A5, _MAKER}
    | {_EXIF, _GPS, _PHOTOSHOP, _IPTC}
    | set(range(0x9C9B, 0x9CA0))
)
# Makers that write names of places into notes of their own.
_TELLING_NOTES = (b"Panasonic\0", b"LEICA")
_MOST_TAGS = 4096
_MOST_DIRECTORIES = 512
_LONGEST_VALUE = 16 << 20


@dataclass(frozen=True, slots=True)
class _Entry:
    tag: int
    raw: bytes
    at: int
    length: int
    number: int


@dataclass(frozen=True, slots=True)
class _Directory:
    at: int
    entries: list[_Entry]
    following_at: int
    following: int


@dataclass
class _Tiff:
    """One file or block, at the beginning of what `source` reads; `size` is how long it is."""

    source: Source
    size: int
    everything: bool
    seen: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        head = self.source.take(0, 4)
        order = _ORDERS.get(head)
        if order is None:
            raise NotCleanable("it has no directories of tags")
        self.order: str = order
        big = head in _BIG
        self.wide, self.count_size, self.entry_size = (8, 8, 20) if big else (4, 2, 12)
        self.first = self.number(8 if big else 4, self.wide)

    def number(self, at: int, size: int) -> int:
        return int.from_bytes(self.source.take(at, size), self.order)  # type: ignore[arg-type]

    def packed(self, number: int, size: int) -> bytes:
        return number.to_bytes(size, self.order)  # type: ignore[arg-type]

    def patches(self) -> Iterator[Patch]:
        at = self.first
        while at:
            directory = self._directory(at)
            if directory is None:
                return
            yield from self._cleaned(directory)
            at = directory.following

    def _directory(self, at: int) -> _Directory | None:
        """The one that begins there; None when it was there before, or cannot be one."""
        if at in self.seen or at + self.count_size > self.size:
            return None
        self.seen.add(at)
        count = self.number(at, self.count_size)
        if count > _MOST_TAGS or len(self.seen) > _MOST_DIRECTORIES:
            raise NotCleanable("it has too many tags")
        first = at + self.count_size
        behind = first + count * self.entry_size
        if behind > self.size:
            raise NotCleanable("a directory of tags goes on behind the end")
        held = self.source.take(first, behind - first)
        entries = [self._entry(held[each : each + self.entry_size]) for each in range(0, len(held), self.entry_size)]
        following = self.number(behind, self.wide) if behind + self.wide <= self.size else 0
        placed = [self._placed(entry, first + index * self.entry_size) for index, entry in enumerate(entries)]
        return _Directory(at, placed, behind, following)

    def _entry(self, raw: bytes) -> _Entry:
        order: str = self.order
        take: Callable[[int, int], int] = lambda at, size: int.from_bytes(raw[at : at + size], order)  # type: ignore[arg-type]  # noqa: E731
        length = _SIZES.get(take(2, 2), 1) * take(4, self.wide)
        size = min(length, self.wide) or self.wide
        return _Entry(take(0, 2), raw, -1, length, take(4 + self.wide, size))

    def _placed(self, entry: _Entry, at: int) -> _Entry:
        order: str = self.order
        held = entry.length <= self.wide
        pointer = int.from_bytes(entry.raw[4 + self.wide :], order)  # type: ignore[arg-type]
        value_at = at + 4 + self.wide if held else pointer
        length = max(0, min(entry.length, self.size - value_at))
        number = entry.number if held else pointer
        return _Entry(entry.tag, entry.raw, value_at, length, number)

    def _cleaned(self, directory: _Directory) -> Iterator[Patch]:
        """The directory without what is to go, and what the tags that stay lead to."""
        kept = []
        for entry in directory.entries:
            patches = list(self._of(entry))
            gone = any(patch.length < 0 for patch in patches)
            yield from (patch for patch in patches if patch.length >= 0)
            if not gone:
                kept.append(entry)
        if len(kept) == len(directory.entries):
            return
        following = self.packed(directory.following, self.wide)
        content = self.packed(len(kept), self.count_size) + b"".join(entry.raw for entry in kept) + following
        end = min(directory.following_at + self.wide, self.size)
        yield Patch(directory.at, end - directory.at, content[: end - directory.at])

    def _of(self, entry: _Entry) -> Iterator[Patch]:
        """What is to change at the value of a tag; `_GONE` among it says that the tag goes, too."""
        held = entry.length > self.wide
        if entry.tag == _GPS or (self.everything and entry.tag == _EXIF):
            yield _GONE
            yield from self._emptied(entry.number)
        elif entry.tag in {_EXIF, _INTEROP, _SUB}:
            for at in self._pointers(entry):
                below = self._directory(at)
                if below is not None:
                    yield from self._cleaned(below)
        elif entry.tag == _XMP:
            yield from self._rewritten(entry, lambda raw: cleaned_xmp(raw, everything=self.everything))
        elif entry.tag == _IPTC and not self.everything:
            yield from self._rewritten(entry, self._iptc)
        elif entry.tag == _PHOTOSHOP and not self.everything:
            yield from self._rewritten(entry, lambda raw: cleaned_blocks(raw, everything=False))
        elif (self.everything and entry.tag in _DESCRIPTIVE) or self._telling(entry):
            yield _GONE
            if held:
                yield Patch(entry.at, entry.length)

    def _telling(self, entry: _Entry) -> bool:
        return entry.tag == _MAKER and self.source.take(entry.at, min(entry.length, 16)).startswith(_TELLING_NOTES)

    def _iptc(self, raw: bytes) -> bytes:
        # Some write it as 32-bit numbers, in the order of the file.
        if raw[:1] == b"\x1c" or len(raw) % 4:
            return cleaned_iptc(raw, everything=False)
        return _swapped(cleaned_iptc(_swapped(raw), everything=False))

    def _rewritten(self, entry: _Entry, clean: Callable[[bytes], bytes]) -> Iterator[Patch]:
        if entry.length > _LONGEST_VALUE:
            raise NotCleanable("what it tells of itself is too long to be gone through")
        raw = self.source.take(entry.at, entry.length)
        if (fresh := clean(raw)) != raw:
            yield Patch(entry.at, entry.length, fresh)

    def _pointers(self, entry: _Entry) -> list[int]:
        if entry.tag != _SUB or entry.length <= self.wide:
            return [entry.number]
        raw = self.source.take(entry.at, min(entry.length, 64 * self.wide))
        return [
            int.from_bytes(raw[at : at + self.wide], self.order)  # type: ignore[arg-type]
            for at in range(0, len(raw) - self.wide + 1, self.wide)
        ]

    def _emptied(self, at: int) -> Iterator[Patch]:
        """A directory, with all it holds, as zeros."""
        directory = self._directory(at)
        if directory is None:
            return
        for entry in directory.entries:
            if entry.tag in {_INTEROP, _GPS}:
                yield from self._emptied(entry.number)
            elif entry.length > self.wide:
                yield Patch(entry.at, entry.length)
        end = min(directory.following_at + self.wide, self.size)
        yield Patch(directory.at, end - directory.at)


_GONE = Patch(0, -1)


def tiff_patches(source: Source, size: int, *, everything: bool) -> list[Patch]:
    """What to change in a TIFF."""
    return list(_Tiff(source, size, everything).patches())


def cleaned_block(block: bytes, *, everything: bool) -> bytes:
    """An EXIF block of the same length without the place; with `everything`, one that says which way is up and whose
    colours these are, and no more. What is no block is emptied."""
    source = Source(lambda at, length: block[at : at + length], complete=True)
    for clean in (_plain,) if everything else (_without_places, _plain):
        try:
            return clean(_Tiff(source, len(block), everything=False), block)
        except Invalid:
            continue
    return bytes(len(block))


def _without_places(tiff: _Tiff, block: bytes) -> bytes:
    return patched(block, tiff.patches())


def _plain(tiff: _Tiff, block: bytes) -> bytes:
    kept: dict[int, bytes] = {}
    at: int = tiff.first
    directory = tiff._directory(at)
    for entry in directory.entries if directory else []:
        if entry.tag == _ORIENTATION:
            kept[_ORIENTATION] = entry.raw
        if entry.tag == _EXIF and (below := tiff._directory(entry.number)):
            kept |= {each.tag: each.raw for each in below.entries if each.tag == _COLOURS}
    fresh = _block(tiff, kept)
    return fresh.ljust(len(block), b"\0") if len(fresh) <= len(block) else bytes(len(block))


def _block(tiff: _Tiff, kept: dict[int, bytes]) -> bytes:
    head = tiff.source.take(0, 4)
    first = [kept[_ORIENTATION]] if _ORIENTATION in kept else []
    if _COLOURS in kept:
        at = 8 + 2 + 12 * (len(first) + 1) + 4
        first.append(tiff.packed(_EXIF, 2) + tiff.packed(4, 2) + tiff.packed(1, 4) + tiff.packed(at, 4))
    parts = [head, tiff.packed(8, 4), tiff.packed(len(first), 2), *first, bytes(4)]
    if _COLOURS in kept:
        parts += [tiff.packed(1, 2), kept[_COLOURS], bytes(4)]
    return b"".join(parts)


def _swapped(raw: bytes) -> bytes:
    return b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
