"""Tracks that tell a place again and again while a film goes on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from domain.image_headers.boxes import Box
from domain.image_headers.source import Source
from domain.places.patches import NotCleanable, Patch
from domain.places.words import holds_a_place

_PLACES = frozenset({b"gpmd", b"camm", b"fdsc", b"djmd", b"dbgi", b"rtmd"})
_TEXTS = frozenset({b"tx3g", b"text", b"mp4s", b"sbtl", b"mett", b"metx", b"stpp", b"wvtt"})
_MOST_SAMPLES = 500_000
_LOOKED_AT = 4
_DEEP = (b"mdia", b"minf", b"stbl")


class _Walker(Protocol):
    source: Source

    def _each(self, at: int, end: int) -> Iterator[tuple[int, Box]]: ...


@dataclass(frozen=True, slots=True)
class Track:
    """Where its tables are: how samples are written, how large they are, where they lie."""

    tables: dict[bytes, Box]

    @classmethod
    def of(cls, walker: "_Walker", trak: Box) -> "Track":
        """The track in a box."""
        box: Box | None = trak
        for kind in _DEEP:
            box = next((each for _, each in walker._each(box.at, box.end) if each.kind == kind), None) if box else None
        tables = {each.kind: each for _, each in walker._each(box.at, box.end)} if box else {}
        return cls(tables)

    def tells_places(self, source: Source) -> bool:
        """Whether its samples are places, or texts in which places stand."""
        described = self.tables.get(b"stsd")
        if described is None or described.end - described.at < 16:
            return False
        kind = source.take(described.at + 12, 4)
        told = source.take(described.at, min(described.end - described.at, 64 << 10))
        if kind in _PLACES or (kind == b"mebx" and b"location" in told):
            return True
        return kind in _TEXTS and any(
            holds_a_place(source.take(at, min(length, 4096)))
            for at, length, _ in zip(*_columns(samples(source, self)), range(_LOOKED_AT), strict=False)
        )


def _columns(pairs: Iterator[tuple[int, int]]) -> tuple[list[int], list[int]]:
    first = [pair for pair, _ in zip(pairs, range(_LOOKED_AT), strict=False)]
    return [at for at, _ in first], [length for _, length in first]


def sample_patches(source: Source, size: int, start: int, track: Track) -> Iterator[Patch]:
    """All its samples, emptied; samples side by side at once."""
    begun = end = -1
    for offset, length in samples(source, track):
        at = start + offset
        if at + length > size:
            raise NotCleanable("a track lies behind the end of the film")
        if at != end:
            if end > begun:
                yield Patch(begun, end - begun)
            begun = at
        end = at + length
    if end > begun:
        yield Patch(begun, end - begun)


def samples(source: Source, track: Track) -> Iterator[tuple[int, int]]:
    """Where each sample lies, and how long it is."""
    tables = track.tables
    chunks = tables.get(b"stco") or tables.get(b"co64")
    sizes, runs = tables.get(b"stsz"), tables.get(b"stsc")
    if chunks is None or sizes is None or runs is None:
        return
    wide = 8 if chunks.kind == b"co64" else 4
    same, count = source.number(sizes.at + 4, 4), source.number(sizes.at + 8, 4)
    places, steps = source.number(chunks.at + 4, 4), source.number(runs.at + 4, 4)
    if max(count, places, steps) > _MOST_SAMPLES:
        raise NotCleanable("a track that tells places has too many samples")
    table = [[source.number(runs.at + 8 + 12 * row + 4 * col, 4) for col in (0, 1)] for row in range(steps)]
    done, run = 0, 0
    for chunk in range(places):
        at = source.number(chunks.at + 8 + wide * chunk, wide)
        while run + 1 < len(table) and table[run + 1][0] <= chunk + 1:
            run += 1
        for _ in range(table[run][1] if table else 0):
            if done >= count:
                return
            length = same or source.number(sizes.at + 12 + 4 * done, 4)
            yield at, length
            at, done = at + length, done + 1
