"""Encoding finished pixels into files."""

import errno
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

from adapters.imagemagick import png_exif, webp_exif
from adapters.imagemagick.library import REFUSALS, Color, Image
from adapters.imagemagick.webp_timing import with_durations
from application.ports.image_transformer import NotRendered, Rendered
from domain.errors import StorageFull
from domain.rendering import Task
from domain.variants import DEFAULT_EFFORT, DEFAULT_QUALITY, EXTENSIONS, ImageFormat, VariantSpec

WHITE = "#ffffff"
# The AVIF coder of ImageMagick 6 writes no transparency, nor any EXIF block.
_WITHOUT_ALPHA = (ImageFormat.JPEG, ImageFormat.AVIF)
_PNG_CHUNKS_LEFT_OUT = "bKGD,cHRM,date,eXIf,gAMA,iCCP,iTXt,pHYs,sRGB,tEXt,tIME,vpAg,zCCP,zTXt"


class Kept(NamedTuple):
    """What all variants of a render share: the folder they land in, and the EXIF block they carry, if any."""

    folder: Path
    camera: bytes | None


def write_variant(image: Image, task: Task, kept: Kept) -> Rendered | NotRendered:
    """Encode one picture, or one film, as one file of its own."""
    image_format = task.rendering.format
    try:
        content = _encoded(image, task.spec, image_format, kept.camera)
    except REFUSALS as error:
        return NotRendered(task.name, f"The encoder refused: {str(error).partition(' @ ')[0][:300]}")
    path = _kept(content, EXTENSIONS[image_format], kept.folder)
    return Rendered(task.name, path, image_format, image.width, image.height, len(content))


def _encoded(image: Image, spec: VariantSpec, image_format: ImageFormat, camera: bytes | None) -> bytes:
    quality = DEFAULT_QUALITY[image_format] if spec.quality is None else spec.quality
    effort = DEFAULT_EFFORT if spec.effort is None else spec.effort
    with image.clone() as copy:
        if copy.alpha_channel and (spec.background or image_format in _WITHOUT_ALPHA):
            _flatten(copy, spec.background or WHITE)
        if image_format is ImageFormat.PNG:
            copy.options["png:compression-level"] = "6"
            copy.options["png:exclude-chunks"] = _PNG_CHUNKS_LEFT_OUT
        else:
            copy.compression_quality = max(1, quality)
        if image_format is ImageFormat.WEBP:
            copy.options["webp:method"] = str(min(effort, 6))
        is_film = image_format is ImageFormat.WEBP and copy.iterator_length() > 1
        if camera is not None and not is_film:
            copy.profiles["exif"] = b"Exif\0\0" + camera
            # Which it writes into the block as it was in the source, though the picture stands upright by now.
            copy.orientation = "top_left"
        content: bytes | None = copy.make_blob(image_format.value)
        if not content:
            raise ValueError("nothing was written")
        if is_film:
            content = with_durations(content, [frame.delay * 10 for frame in copy.sequence])
    return _carrying(content, image_format, camera, is_film=is_film)


def _carrying(content: bytes, image_format: ImageFormat, camera: bytes | None, *, is_film: bool) -> bytes:
    """With the block where ImageMagick itself does not write it."""
    if camera is None:
        return content
    if image_format is ImageFormat.PNG:
        return png_exif.with_exif(content, camera)
    return webp_exif.with_exif(content, camera) if is_film else content


def _flatten(image: Image, background: str) -> None:
    for index in range(image.iterator_length()):
        image.iterator_set(index)
        image.background_color = Color(background)
    image.alpha_channel = "remove"
    image.alpha_channel = "off"


def _kept(content: bytes, extension: str, into: Path) -> Path:
    path: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=into, suffix=f".{extension}")
        path = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except OSError as error:
        if path is not None:
            path.unlink(missing_ok=True)
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull("There is no room to write a variant.") from error
        raise
    return path
