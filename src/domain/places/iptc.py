"""IPTC: what agencies write into pictures, and the blocks of Photoshop in which it travels."""

import hashlib
from collections.abc import Iterator

from domain.places.xmp import cleaned_xmp

SIGNATURE = b"Photoshop 3.0\0"
_RECORD = 2
_PLACES = frozenset({26, 27, 90, 92, 95, 100, 101})
_MARK = 0x1C
_BLOCK = b"8BIM"
_IPTC, _XMP, _DIGEST, _EXIF = 0x0404, 0x0424, 0x0425, (0x0422, 0x0423)


def cleaned_iptc(data: bytes, *, everything: bool) -> bytes:
    """The same without places, at its length; readers know zeros at the end as padding."""
    if everything:
        return bytes(len(data))
    return b"".join(_kept(data)).ljust(len(data), b"\0")


def _kept(data: bytes) -> Iterator[bytes]:
    at = 0
    while at + 5 <= len(data) and data[at] == _MARK:
        record, dataset, size = data[at + 1], data[at + 2], int.from_bytes(data[at + 3 : at + 5])
        content = at + 5
        if size & 0x8000:
            wide = min(size & 0x7FFF, 8)
            size, content = int.from_bytes(data[content : content + wide]), content + wide
        end = content + size
        if end > len(data):
            return
        if not (record == _RECORD and dataset in _PLACES):
            yield data[at:end]
        at = end


def cleaned_blocks(data: bytes, *, everything: bool) -> bytes:
    """Photoshop's blocks without places, each at its length; what is no block any more is emptied."""
    from domain.places.tiff import cleaned_block  # noqa: PLC0415  (a block of EXIF may hold blocks like these)

    out, at, digest_at, fresh = bytearray(data), 0, None, None
    while at + 12 <= len(data) and data[at : at + 4] == _BLOCK:
        kind = int.from_bytes(data[at + 4 : at + 6])
        size_at = at + 6 + (data[at + 6] | 1) + 1
        content, size = size_at + 4, int.from_bytes(data[size_at : size_at + 4])
        end = content + size
        if end > len(data):
            break
        held = data[content:end]
        if kind == _IPTC:
            out[content:end] = fresh = cleaned_iptc(held, everything=everything)
        elif kind == _XMP:
            out[content:end] = cleaned_xmp(held, everything=everything)
        elif kind in _EXIF:
            out[content:end] = cleaned_block(held, everything=everything)
        elif kind == _DIGEST and size == 16:
            digest_at = content
        elif everything:
            out[content:end] = bytes(size)
        at = end + size % 2
    out[at:] = bytes(len(data) - at)
    if digest_at is not None and fresh is not None:
        out[digest_at : digest_at + 16] = hashlib.md5(fresh, usedforsecurity=False).digest()
    return bytes(out)
