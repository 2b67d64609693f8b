"""PNG: chunks, which may be left out or be longer or shorter than they were."""

import re
import struct
import zlib
from collections.abc import Callable, Iterator

from domain.image_headers.source import Source
from domain.places.iptc import SIGNATURE, cleaned_blocks, cleaned_iptc
from domain.places.patches import NotCleanable, Patch
from domain.places.tiff import cleaned_block
from domain.places.words import holds_a_place, names_a_place
from domain.places.xmp import cleaned_xmp

_XMP_KEYWORD = b"XML:com.adobe.xmp"
_TOLD = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"caBX", b"zxIf"})
_LONGEST = 16 << 20
_MOST_CHUNKS = 1_000_000
_PROFILE = re.compile(rb"\n?([^\n]{0,79})\n\s*(\d+)\s+([0-9A-Fa-f\s]*)")


def png_patches(source: Source, size: int, *, everything: bool) -> list[Patch]:
    """What to change in a PNG."""
    patches: list[Patch] = []
    at = 8
    for _ in range(_MOST_CHUNKS):
        if at + 8 > size:
            return patches
        length, kind = source.number(at, 4), source.take(at + 4, 4)
        end = min(at + 12 + length, size)
        if kind in _TOLD:
            patches += _changed(source, at, kind, end, everything=everything)
        at = end
        if kind == b"IEND":
            return patches
    raise NotCleanable("it has too many chunks")


def _changed(source: Source, at: int, kind: bytes, end: int, *, everything: bool) -> Iterator[Patch]:
    content = source.take(at + 8, max(0, end - at - 12))
    fresh = _cleaned(kind, content, everything=everything) if len(content) <= _LONGEST else None
    if fresh is None:
        yield Patch(at, end - at, filler=b"")
    elif fresh != content:
        yield Patch(at, end - at, _chunk(kind, fresh), filler=b"")


def _cleaned(kind: bytes, content: bytes, *, everything: bool) -> bytes | None:
    """The chunk's content without places; None when all of it is to go."""
    if kind == b"eXIf":
        return cleaned_block(content, everything=everything)
    if kind == b"iTXt":
        return _international(content, everything=everything)
    if kind in {b"tEXt", b"zTXt"}:
        return _text(kind, content, everything=everything)
    return None if everything or kind == b"zxIf" or holds_a_place(content) else content


def _text(kind: bytes, content: bytes, *, everything: bool) -> bytes | None:
    keyword, _, held = content.partition(b"\0")
    text = _inflated(held[1:]) if kind == b"zTXt" else held
    if text is None:
        return None
    fresh = _of_keyword(keyword, text, everything=everything)
    if fresh is None or fresh == text:
        return content if fresh is not None else None
    return keyword + b"\0" + (b"\0" + zlib.compress(fresh) if kind == b"zTXt" else fresh)


def _international(content: bytes, *, everything: bool) -> bytes | None:
    keyword, _, rest = content.partition(b"\0")
    language = rest[2:].split(b"\0", 2)
    if len(language) < 3:
        return None
    text = _inflated(language[2]) if rest[:1] == b"\1" else language[2]
    if text is None:
        return None
    fresh = _of_keyword(keyword, text, everything=everything)
    if fresh is None or fresh == text:
        return content if fresh is not None else None
    head = keyword + b"\0" + rest[:2] + language[0] + b"\0" + language[1] + b"\0"
    return head + (zlib.compress(fresh) if rest[:1] == b"\1" else fresh)


def _of_keyword(keyword: bytes, text: bytes, *, everything: bool) -> bytes | None:
    if keyword == _XMP_KEYWORD:
        return cleaned_xmp(text, everything=everything)
    if keyword.startswith(b"Raw profile type "):
        return _profile(keyword[17:].lower(), text, everything=everything)
    if everything or names_a_place(keyword.decode("latin-1")) or holds_a_place(text):
        return None
    return text


def _profile(kind: bytes, text: bytes, *, everything: bool) -> bytes | None:
    """What ImageMagick and its like keep as hexadecimal text."""
    cleaners: dict[bytes, Callable[[bytes], bytes]] = {
        b"xmp": lambda raw: cleaned_xmp(raw, everything=everything),
        b"iptc": lambda raw: _iptc(raw, everything=everything),
        b"8bim": lambda raw: _iptc(raw, everything=everything),
        b"exif": lambda raw: _exif(raw, everything=everything),
        b"app1": lambda raw: _exif(raw, everything=everything),
    }
    if kind in {b"icc", b"icm"}:
        return text
    found, clean = _PROFILE.fullmatch(text), cleaners.get(kind)
    if found is None or clean is None:
        return None
    try:
        raw = bytes.fromhex(found[3].decode("ascii"))
    except ValueError:
        return None
    fresh = clean(raw)
    if fresh == raw:
        return text
    lines = fresh.hex()
    told = "\n".join(lines[at : at + 72] for at in range(0, len(lines), 72))
    return b"\n" + found[1] + b"\n" + str(len(fresh)).rjust(8).encode() + b"\n" + told.encode() + b"\n"


def _exif(raw: bytes, *, everything: bool) -> bytes:
    if raw.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
        return raw[:29] + cleaned_xmp(raw[29:], everything=everything)
    head = 6 if raw.startswith(b"Exif\0\0") else 0
    return raw[:head] + cleaned_block(raw[head:], everything=everything)


def _iptc(raw: bytes, *, everything: bool) -> bytes:
    head = len(SIGNATURE) if raw.startswith(SIGNATURE) else 0
    if raw[head : head + 4] == b"8BIM":
        return raw[:head] + cleaned_blocks(raw[head:], everything=everything)
    return cleaned_iptc(raw, everything=everything)


def _inflated(packed: bytes) -> bytes | None:
    """What was deflated, if it is whole and not endless."""
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(packed, _LONGEST)
    except zlib.error:
        return None
    return text if inflater.eof else None


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
