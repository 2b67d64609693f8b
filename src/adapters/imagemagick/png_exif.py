"""The EXIF block of a PNG: ImageMagick 6 writes it only as text of its own making."""

import struct
import zlib

_HEADER_ENDS = 8 + 25


def with_exif(content: bytes, block: bytes) -> bytes:
    """The same picture with this block right behind its header."""
    chunk = struct.pack(">I4s", len(block), b"eXIf") + block + struct.pack(">I", zlib.crc32(b"eXIf" + block))
    return content[:_HEADER_ENDS] + chunk + content[_HEADER_ENDS:]
