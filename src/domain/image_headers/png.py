"""PNG: the chunks before the first one that holds pixels."""

import zlib
from collections.abc import Iterator
from dataclasses import replace

from domain.image_headers.exif import block_of, orientation_of
from domain.image_headers.header import HeaderBeyond, ImageHeader, UnreadableImage
from domain.image_headers.source import Source

_BANDS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_PALETTE = 3
_LARGEST_SIDE = (1 << 31) - 1
_FIRST_CHUNK, _FIRST_LENGTH = 8, 25
_MOST_CHUNKS = 4096
_MOST_EXIF = 1 << 20
_PACKED_SAMPLE = 4096
_MOST_UNPACKED = 4 << 20


def read_png(source: Source) -> ImageHeader:
    """Size and colours from IHDR; frames, transparency and orientation from what stands before the pixels."""
    header = _ihdr(source.take(_FIRST_CHUNK, _FIRST_LENGTH))
    unpacked = 0
    try:
        for kind, at, length in _chunks(source):
            match kind:
                case b"tRNS" if header.bands in {1, 3}:
                    header = replace(header, bands=header.bands + 1)
                case b"acTL":
                    header = replace(header, frames=max(1, source.number(at, 4)))
                case b"eXIf" if length <= _MOST_EXIF:
                    exif = source.take(at, length)
                    header = replace(header, orientation=orientation_of(exif), exif=block_of(exif))
                case b"zTXt" | b"iTXt" | b"iCCP":
                    sample = source.take(at, min(length, _PACKED_SAMPLE))
                    unpacked += _unpacked(kind, sample, most=_MOST_UNPACKED - unpacked)
            if unpacked >= _MOST_UNPACKED:
                raise UnreadableImage("the PNG's texts unpack to far more than they should")
    except HeaderBeyond:
        raise HeaderBeyond(header) from None
    return header


def _ihdr(chunk: bytes) -> ImageHeader:
    if chunk[:8] != b"\0\0\0\x0dIHDR" or zlib.crc32(chunk[4:21]) != int.from_bytes(chunk[21:]):
        raise UnreadableImage("the PNG does not begin with a sound header")
    width, height = int.from_bytes(chunk[8:12]), int.from_bytes(chunk[12:16])
    bits, colour = chunk[16], chunk[17]
    if bits not in _DEPTHS.get(colour, ()) or any(chunk[18:20]) or chunk[20] > 1:
        raise UnreadableImage("the PNG asks for colours or packing that do not exist")
    if not (0 < width <= _LARGEST_SIDE and 0 < height <= _LARGEST_SIDE):
        raise UnreadableImage("the PNG has an impossible size")
    return ImageHeader(width, height, _BANDS[colour], 8 if colour == _PALETTE else bits)


def _chunks(source: Source) -> Iterator[tuple[bytes, int, int]]:
    """Kind, place and length of each chunk's content, up to the pixels."""
    at = _FIRST_CHUNK + _FIRST_LENGTH
    for _ in range(_MOST_CHUNKS):
        length, kind = source.number(at, 4), source.take(at + 4, 4)
        if kind in {b"IDAT", b"IEND"}:
            return
        yield kind, at + 8, length
        at += 12 + length
    raise UnreadableImage("the PNG has no picture behind its many chunks")


def _unpacked(kind: bytes, sample: bytes, *, most: int) -> int:
    """How large the beginning of a packed text or profile becomes: decoders unpack these unasked."""
    packed = sample.partition(b"\0")[2][1:]
    if kind == b"iTXt":
        is_packed = sample.partition(b"\0")[2][:1] == b"\1"
        packed = packed[1:].split(b"\0", 2)[-1] if is_packed else b""
    try:
        return len(zlib.decompressobj().decompress(packed, most))
    except zlib.error:
        return 0
