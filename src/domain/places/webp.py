"""WebP: chunks that stay as long as they are, so that what announces them holds."""

from domain.image_headers.source import Source
from domain.places.patches import NotCleanable, Patch
from domain.places.tiff import cleaned_block
from domain.places.words import holds_a_place
from domain.places.xmp import cleaned_xmp

_LONGEST = 16 << 20
_MOST_CHUNKS = 100_000
_PICTURE = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})


def webp_patches(source: Source, size: int, *, everything: bool) -> list[Patch]:
    """What to change in a WebP."""
    patches: list[Patch] = []
    at = 12
    for _ in range(_MOST_CHUNKS):
        if at + 8 > size:
            return patches
        kind, length = source.take(at, 4), int.from_bytes(source.take(at + 4, 4), "little")
        held = min(length, size - at - 8)
        if kind not in _PICTURE:
            if held > _LONGEST:
                raise NotCleanable("what it tells of itself is too long to be gone through")
            content = source.take(at + 8, held)
            fresh = _cleaned(kind, content, everything=everything)
            if fresh != content:
                patches.append(Patch(at + 8, held, fresh))
        at += 8 + length + length % 2
    raise NotCleanable("it has too many chunks")


def _cleaned(kind: bytes, content: bytes, *, everything: bool) -> bytes:
    if kind == b"EXIF":
        head = 6 if content.startswith(b"Exif\0\0") else 0
        return content[:head] + cleaned_block(content[head:], everything=everything)
    if kind == b"XMP ":
        return cleaned_xmp(content, everything=everything)
    return bytes(len(content)) if everything or holds_a_place(content) else content
