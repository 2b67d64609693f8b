"""The EXIF block of an animated WebP: ImageMagick 6 writes no film at all when it is to carry one."""

_FLAGS, _HAS_EXIF = 20, 0x08


def with_exif(content: bytes, block: bytes) -> bytes:
    """The same film with this block at its end; unchanged where it has no extended header to announce it."""
    if content[12:16] != b"VP8X":
        return content
    film = bytearray(content)
    film[_FLAGS] |= _HAS_EXIF
    film += b"EXIF" + len(block).to_bytes(4, "little") + block + bytes(len(block) % 2)
    film[4:8] = (len(film) - 8).to_bytes(4, "little")
    return bytes(film)
