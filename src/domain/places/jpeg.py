"""JPEG: segments, then the picture, then perhaps more pictures and a film behind it. Nothing moves, since some of what
follows is found by its offset."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from domain.image_headers.source import Source
from domain.places.iptc import SIGNATURE, cleaned_blocks
from domain.places.patches import NotCleanable, Patch
from domain.places.tiff import cleaned_block
from domain.places.words import holds_a_place
from domain.places.xmp import LONGEST, cleaned_xmp

_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_MORE_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_MORE_HEAD = len(_MORE_XMP) + 32 + 8
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_NEXT = re.compile(rb"\xff\xd8\xff|ftyp")
_SCAN, _END, _START, _COMMENT, _UNUSED = 0xDA, 0xD9, 0xD8, 0xFE, 0xEF
_APP1, _APP2, _APP6, _APP11, _APP13, _APP14 = 0xE1, 0xE2, 0xE6, 0xEB, 0xED, 0xEE
_PICTURES = (b"ICC_PROFILE\0", b"MPF\0", b"urn:iso:std:iso:ts:21496")
_MOST_SEGMENTS = 20_000
_MOST_PICTURES = 64
_PIECE = 1 << 20


class _Segment(NamedTuple):
    marker: int
    at: int
    content: bytes

    @property
    def content_at(self) -> int:
        return self.at + 4

    def instead(self, content: bytes, marker: int | None = None) -> Iterator[Patch]:
        """The segment with other content of the same length."""
        if marker is not None:
            yield Patch(self.at + 1, 1, bytes([marker]))
        if content != self.content:
            yield Patch(self.content_at, len(self.content), content)

    def emptied(self) -> Iterator[Patch]:
        """A segment that means nothing to anybody."""
        return self.instead(bytes(len(self.content)), _UNUSED)


def jpeg_patches(source: Source, size: int, *, everything: bool) -> tuple[list[Patch], int | None]:
    """What to change in all pictures of a JPEG, and where the film behind them begins, if there is one."""
    patches: list[Patch] = []
    at: int | None = 0
    for _ in range(_MOST_PICTURES):
        if at is None:
            return patches, None
        segments, end = _picture(source, size, at)
        patches += _changes(segments, everything=everything)
        at, film = _behind(source, size, end)
        if film is not None:
            return patches, film
    raise NotCleanable("it holds too many pictures")


def _picture(source: Source, size: int, at: int) -> tuple[list[_Segment], int]:
    """Its segments that say something, and where it ends."""
    segments: list[_Segment] = []
    at += 2
    for _ in range(_MOST_SEGMENTS):
        at = _marker(source, size, at)
        if at + 4 > size:
            return segments, size
        marker = source.number(at + 1, 1)
        if marker == _END:
            return segments, at + 2
        if marker == _START or 0xD0 <= marker <= 0xD7 or marker == 1:
            at += 2
            continue
        length = source.number(at + 2, 2)
        end = min(at + 2 + max(length, 2), size)
        if 0xE0 <= marker <= 0xEF or marker == _COMMENT:
            segments.append(_Segment(marker, at, source.take(at + 4, max(0, end - at - 4))))
        at = end
    raise NotCleanable("it has too many segments")


def _marker(source: Source, size: int, at: int) -> int:
    """The next marker from here on, be it behind the data of a scan."""
    while at + 2 <= size:
        piece = source.take(at, min(_PIECE, size - at))
        if found := _MARKER.search(piece):
            return at + found.start()
        at += len(piece) - 1 if len(piece) > 1 else 1
    return size


def _behind(source: Source, size: int, at: int) -> tuple[int | None, int | None]:
    """The next picture, or the film, that lies behind the end of one."""
    while at + 8 <= size:
        piece = source.take(at, min(_PIECE, size - at))
        for found in _NEXT.finditer(piece):
            if found[0] == b"ftyp" and (at + found.start() >= 4):
                return None, at + found.start() - 4
            if found[0] != b"ftyp":
                return at + found.start(), None
        at += max(1, len(piece) - 3)
    return None, None


def _changes(segments: list[_Segment], *, everything: bool) -> Iterator[Patch]:
    manifests = [each for each in segments if each.marker == _APP11]
    if everything or holds_a_place(b"".join(each.content for each in manifests)):
        for each in manifests:
            yield from each.emptied()
    yield from _long_xmp([each for each in segments if each.content.startswith(_MORE_XMP)], everything=everything)
    for segment in segments:
        if segment.marker != _APP11 and not segment.content.startswith(_MORE_XMP):
            yield from _change(segment, everything=everything)


def _change(segment: _Segment, *, everything: bool) -> Iterator[Patch]:
    content = segment.content
    if segment.marker == _APP1 and content.startswith(_EXIF):
        yield from segment.instead(_EXIF + cleaned_block(content[6:], everything=everything))
    elif segment.marker == _APP1 and content.startswith(_XMP):
        yield from segment.instead(_XMP + cleaned_xmp(content[len(_XMP) :], everything=everything))
    elif segment.marker == _APP13 and content.startswith(SIGNATURE) and not everything:
        yield from segment.instead(SIGNATURE + cleaned_blocks(content[len(SIGNATURE) :], everything=False))
    elif segment.marker in {0xE0, _APP14} or (segment.marker == _APP2 and content.startswith(_PICTURES)):
        return
    elif everything or (segment.marker == _APP6 and content.startswith(b"GoPro")) or holds_a_place(content):
        yield from segment.emptied()


def _long_xmp(parts: list[_Segment], *, everything: bool) -> Iterator[Patch]:
    """A packet that is too long for one segment lies in several; it is put together and taken apart again."""
    if everything:
        for part in parts:
            yield from part.emptied()
        return
    for name in {part.content[: _MORE_HEAD - 8] for part in parts}:
        pieces = [part for part in parts if part.content.startswith(name) and len(part.content) > _MORE_HEAD]
        whole = _joined(pieces)
        clean = None if whole is None else cleaned_xmp(whole, everything=False)
        for part in pieces:
            if clean is None:
                yield from part.emptied()
            else:
                at, held = _offset(part), len(part.content) - _MORE_HEAD
                yield from part.instead(part.content[:_MORE_HEAD] + clean[at : at + held])


def _offset(part: _Segment) -> int:
    return int.from_bytes(part.content[_MORE_HEAD - 4 : _MORE_HEAD])


def _joined(parts: list[_Segment]) -> bytes | None:
    """The packet; None when parts of it are missing, or in the way of each other."""
    whole = b""
    for part in sorted(parts, key=_offset):
        if _offset(part) != len(whole) or len(whole) > LONGEST:
            return None
        whole += part.content[_MORE_HEAD:]
    return whole
