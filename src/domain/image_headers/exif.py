"""The EXIF block of a picture, and the one thing we ask of it here: which way is up."""

import struct

_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_PREFIX = b"Exif\0\0"
_ORIENTATION = 0x0112
_NUMBER_TYPES = {1: "B", 3: "H", 4: "I"}
_MOST_TAGS = 1024


def upright_if_odd(orientation: int) -> int:
    """The orientation itself, or 1 when it is none of the eight."""
    return orientation if 1 <= orientation <= 8 else 1


def block_of(content: bytes) -> bytes | None:
    """The block itself, out of a segment or chunk that holds one; None when it can be none."""
    block = content.removeprefix(_PREFIX)
    return block if block[:4] in _ORDERS else None


def orientation_of(exif: bytes) -> int:
    """The orientation an EXIF block tells; damaged or absent means upright."""
    exif = exif.removeprefix(_PREFIX)
    order = _ORDERS.get(exif[:4])
    if order is None:
        return 1
    try:
        return upright_if_odd(_tag(exif, order))
    except struct.error:
        return 1


def _tag(exif: bytes, order: str) -> int:
    (directory,) = struct.unpack_from(order + "I", exif, 4)
    (count,) = struct.unpack_from(order + "H", exif, directory)
    for index in range(min(count, _MOST_TAGS)):
        at = directory + 2 + 12 * index
        tag, kind = struct.unpack_from(order + "HH", exif, at)
        if tag == _ORIENTATION and kind in _NUMBER_TYPES:
            return int(struct.unpack_from(order + _NUMBER_TYPES[kind], exif, at + 8)[0])
    return 1
