"""XMP: facts in XML. It is cut into tags, never expanded: nothing in it can grow, loop or lead elsewhere."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from domain.places.patches import Patch, patched
from domain.places.words import holds_a_place, names_a_place

LONGEST = 16 << 20
_NAME = rb"[A-Za-z_][\w.-]*+(?::[\w.-]++)?+"
_ATTRIBUTE = re.compile(rb"\s++(" + _NAME + rb")\s*+=\s*+(?:\"([^\"<]*+)\"|'([^'<]*+)')")
_TAG = re.compile(
    rb"<(?:!--.*?-->|\?.*?\?>|!\[CDATA\[.*?\]\]>|(/?)(" + _NAME + rb")"
    rb"((?:\s++" + _NAME + rb"\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'))*+)\s*+(/?)>)",
    re.DOTALL,
)
_MOST_DEPTH = 256
_SOURCE_TYPE = b"DigitalSourceType"
_SOURCE_VALUE = re.compile(rb"\s*([\w:/.#-]{1,200})\s*")
_EMPTY = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
_PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" i:DigitalSourceType="%s"/>'
    b"</rdf:RDF></x:xmpmeta>"
)


class _Tag(NamedTuple):
    closes: bool
    name: bytes
    attributes_at: int
    attributes: bytes
    alone: bool
    start: int
    end: int


class _Malformed(Exception):
    pass


def cleaned_xmp(packet: bytes, *, everything: bool) -> bytes:
    """A packet of the same length without places, or (`everything`) with nothing but what made the picture.

    What cannot be read goes as a whole.
    """
    if everything:
        return _only_source_type(packet)
    try:
        return patched(packet, _places(packet))
    except _Malformed:
        return _EMPTY.ljust(len(packet)) if len(packet) >= len(_EMPTY) else b" " * len(packet)


def _only_source_type(packet: bytes) -> bytes:
    value = _source_type(packet)
    for fresh in (_PACKET % value if value else _EMPTY, _EMPTY, b""):
        if len(fresh) <= len(packet):
            return fresh.ljust(len(packet))
    raise AssertionError("nothing is longer than something")


def _source_type(packet: bytes) -> bytes | None:
    """How the picture came to be: camera, composition, or a machine's."""
    try:
        for tag in _tags(packet):
            told = b""
            if _local(tag.name) == _SOURCE_TYPE and not tag.closes:
                told = _resource(tag) or packet[tag.end : packet.find(b"<", tag.end)]
            for found in _ATTRIBUTE.finditer(tag.attributes):
                if _local(found[1]) == _SOURCE_TYPE:
                    told = found[2] or found[3] or b""
            if value := _SOURCE_VALUE.fullmatch(told):
                return value[1]
    except _Malformed:
        pass
    return None


def _resource(tag: _Tag) -> bytes:
    found = (each for each in _ATTRIBUTE.finditer(tag.attributes) if _local(each[1]) == b"resource")
    return next((each[2] or each[3] or b"" for each in found), b"")


def _local(name: bytes) -> bytes:
    return name.rpartition(b":")[2]


def _tags(packet: bytes) -> Iterator[_Tag]:
    if len(packet) > LONGEST or packet.find(b"\0") >= 0:
        raise _Malformed  # too long, or not in the encoding that all but the oldest use
    at = packet.find(b"<")
    while at >= 0:
        found = _TAG.match(packet, at)
        if found is None:
            raise _Malformed
        if found[2] is not None:
            yield _Tag(bool(found[1]), found[2], found.start(3), found[3], bool(found[4]), at, found.end())
        at = packet.find(b"<", found.end())


@dataclass
class _Nest:
    """The tags that are open, and the one, if any, with which all that is in it goes."""

    open: list[bytes] = field(default_factory=list)
    depth: int = -1
    start: int = -1

    def enter(self, tag: _Tag) -> None:
        self.open.append(tag.name)
        if len(self.open) > _MOST_DEPTH:
            raise _Malformed
        if not self.going and _tells_a_place(tag):
            self.depth, self.start = len(self.open), tag.start

    def leave(self, tag: _Tag) -> Patch | None:
        if not self.open or self.open[-1] != tag.name:
            raise _Malformed
        self.open.pop()
        if not self.going or len(self.open) >= self.depth:
            return None
        self.depth = -1
        return Patch(self.start, tag.end - self.start, filler=b" ")

    @property
    def going(self) -> bool:
        return self.depth >= 0


def _places(packet: bytes) -> Iterator[Patch]:
    """What is to be blanked: attributes, and whole elements with all that is in them."""
    nest = _Nest()
    for tag in _tags(packet):
        if not tag.closes:
            nest.enter(tag)
            if not nest.going:
                yield from _attributes(tag)
        if (tag.closes or tag.alone) and (patch := nest.leave(tag)):
            yield patch
    if nest.open:
        raise _Malformed


def _tells_a_place(tag: _Tag) -> bool:
    return tag.name.partition(b":")[0] != b"rdf" and names_a_place(tag.name.decode("latin-1"))


def _attributes(tag: _Tag) -> Iterator[Patch]:
    for found in _ATTRIBUTE.finditer(tag.attributes):
        prefix = found[1].partition(b":")[0]
        value = found[2] or found[3] or b""
        if prefix in {b"xmlns", b"rdf", b"xml"}:
            continue
        if names_a_place(found[1].decode("latin-1")) or holds_a_place(value):
            yield Patch(tag.attributes_at + found.start(), found.end() - found.start(), filler=b" ")
