"""Pictures for the header tests: made by Pillow, or box by box where it has no writer."""

import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from PIL import Image

SIZE = (40, 24)


def picture(kind: str, mode: str = "RGB", size: tuple[int, int] = SIZE, **options: Any) -> bytes:
    """One picture of a Pillow format and mode."""
    return saved(Image.new(mode, size), kind, **options)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def turned(kind: str, orientation: int) -> bytes:
    """A picture that asks to be turned."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return picture(kind, exif=exif)


def moving(kind: str, frames: int, **options: Any) -> bytes:
    """An animation, or a document of several pages; every frame differs, so that none is left out."""
    images = [Image.new("RGB", SIZE, (40 * index % 256, 200 - 30 * index % 200, 90)) for index in range(frames)]
    return saved(images[0], kind, save_all=True, append_images=images[1:], **options)


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *chunks: bytes, bits: int = 8, colour: int = 2) -> bytes:
    """A PNG header with any chunks behind it, and no pixels."""
    first = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + first + b"".join(chunks) + png_chunk(b"IDAT", b"") + png_chunk(b"IEND", b"")


def jpeg(width: int, height: int, *, before: bytes = b"", after: bytes = b"", start: int = 0xC0) -> bytes:
    """A JPEG up to the scan, with segments before and behind its frame header."""
    frame = struct.pack(">BBHBHHB", 0xFF, start, 17, 8, height, width, 3) + bytes(9)
    return b"\xff\xd8" + before + frame + after + b"\xff\xda\0\x02"


def jpeg_segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def exif(orientation: int, order: str = ">") -> bytes:
    """An EXIF block that says nothing but the orientation."""
    mark = b"MM\0*" if order == ">" else b"II*\0"
    return b"Exif\0\0" + mark + struct.pack(order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def tiff(tags: Sequence[tuple[int, int, int, int]], *, at: int = 8, following: int = 0) -> bytes:
    """A little-endian TIFF of one directory: (tag, type, count, value or offset)."""
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    start = b"II*\0" + struct.pack("<I", at)
    return start.ljust(at, b"\0") + struct.pack("<H", len(tags)) + entries + struct.pack("<I", following)


def big_tiff(tags: Sequence[tuple[int, int, int, int]]) -> bytes:
    entries = b"".join(struct.pack(">HHQ", *tag[:3]) + tag[3].to_bytes(8) for tag in tags)
    return b"MM\0+\0\x08\0\0" + struct.pack(">QQ", 16, len(tags)) + entries + bytes(8)


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", len(body) + 8) + kind + body


def full(kind: bytes, *content: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, bytes([version]) + flags.to_bytes(3), *content)


def handler(kind: bytes) -> bytes:
    return full(b"hdlr", bytes(4), kind, bytes(13))


def ispe(width: int, height: int) -> bytes:
    return full(b"ispe", struct.pack(">II", width, height))


def still(
    properties: Sequence[bytes],
    used: dict[int, Sequence[int]],
    *,
    brand: bytes = b"heic",
    compatible: Sequence[bytes] = (b"mif1",),
    primary: int = 1,
    extra: bytes = b"",
) -> bytes:
    """An AVIF or HEIC file without any coded picture: properties, and which item has which (from 1)."""
    table = b"".join(struct.pack(">HB", item, len(of)) + bytes(of) for item, of in used.items())
    iprp = box(b"iprp", box(b"ipco", *properties), full(b"ipma", struct.pack(">I", len(used)), table))
    meta = full(b"meta", handler(b"pict"), full(b"pitm", struct.pack(">H", primary)), iprp, extra)
    return box(b"ftyp", brand, bytes(4), *compatible) + meta + box(b"mdat", b"pixels")


def sequence(width: int, height: int, frames: int, *, brand: bytes = b"avis") -> bytes:
    """An image sequence that is nothing but a track."""
    entry = box(b"av01", bytes(24), struct.pack(">HH", width, height), bytes(50))
    described = full(b"stsd", struct.pack(">I", 1), entry)
    table = box(b"stbl", described, full(b"stsz", struct.pack(">II", 0, frames)))
    track = box(b"trak", box(b"mdia", handler(b"pict"), box(b"minf", table)))
    return box(b"ftyp", brand, bytes(4), b"msf1") + box(b"moov", track)


def gif_frame(left: int, top: int, width: int, height: int, data: bytes = b"\0") -> bytes:
    return b"," + struct.pack("<HHHHB", left, top, width, height, 0) + b"\x02" + data


def gif(width: int, height: int, *blocks: bytes) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0) + b"".join(blocks) + b";"


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(
        kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) & 1) for kind, content in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def canvas(width: int, height: int, flags: int) -> tuple[bytes, bytes]:
    return b"VP8X", bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
