"""What to change in a file so that it tells nobody where it was taken, without touching a pixel or a sound."""

from collections.abc import Callable

from domain import media_types as t
from domain.errors import Invalid
from domain.image_headers.source import ReadAt, Source, Windows
from domain.places.boxes import box_patches
from domain.places.gif import gif_patches
from domain.places.jpeg import jpeg_patches
from domain.places.patches import NotCleanable, Patch, ordered
from domain.places.png import png_patches
from domain.places.tiff import tiff_patches
from domain.places.webp import webp_patches
from domain.settings import StripMetadata


def _jpeg(source: Source, size: int, *, everything: bool) -> list[Patch]:
    patches, film = jpeg_patches(source, size, everything=everything)
    return patches if film is None else patches + box_patches(source, size, everything=everything, start=film)


_CLEANERS: dict[str, Callable[..., list[Patch]]] = {
    t.JPEG.mime: _jpeg,
    t.PNG.mime: png_patches,
    t.WEBP.mime: webp_patches,
    t.GIF.mime: gif_patches,
    t.TIFF.mime: tiff_patches,
    **dict.fromkeys(
        (t.AVIF.mime, t.HEIC.mime, t.HEIF.mime, t.MP4.mime, t.M4V.mime, t.MOV.mime, t.THREE_GP.mime, t.THREE_G2.mime,
         t.M4A.mime),
        box_patches,
    ),
}  # fmt: skip

COVERED = frozenset(_CLEANERS)
"""The types whose files may tell a place that we know how to take out."""


def place_patches(mime_type: str, read: ReadAt, size: int, strip: StripMetadata) -> list[Patch]:
    """Nothing for a file that tells no place; `NotCleanable` for one of which that cannot be said.

    Where one is told, `all` takes everything else that is told of the file along, but which way is up, its colours
    and how it came to be. The picture, its size and the place of everything that is found by an offset stay.
    """
    clean = _CLEANERS.get(mime_type)
    if clean is None or strip is StripMetadata.NONE:
        return []
    try:
        patches = ordered(clean(Source(Windows(read), complete=True), size, everything=False))
        if patches and strip is StripMetadata.ALL:
            patches = ordered(clean(Source(Windows(read), complete=True), size, everything=True))
    except NotCleanable:
        raise
    except Invalid as error:
        raise NotCleanable(error.detail) from error
    return patches
