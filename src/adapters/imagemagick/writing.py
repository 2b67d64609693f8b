"""Encoding finished pixels into files."""

import errno
import os
import tempfile
from pathlib import Path

from adapters.imagemagick.library import REFUSALS, Color, Image
from adapters.imagemagick.webp_timing import with_durations
from application.ports.image_transformer import NotRendered, Order, Rendered
from domain.errors import StorageFull
from domain.variants import DEFAULT_EFFORT, DEFAULT_QUALITY, EXTENSIONS, ImageFormat, VariantSpec

WHITE = "#ffffff"
# The AVIF coder of ImageMagick 6 writes no transparency.
_WITHOUT_ALPHA = (ImageFormat.JPEG, ImageFormat.AVIF)
_PNG_CHUNKS_LEFT_OUT = "bKGD,cHRM,date,eXIf,gAMA,iCCP,iTXt,pHYs,sRGB,tEXt,tIME,vpAg,zCCP,zTXt"


def write_variant(image: Image, order: Order, image_format: ImageFormat, into: Path) -> Rendered | NotRendered:
    """Encode one picture, or one film, as one file of its own."""
    try:
        content = _encoded(image, order.spec, image_format)
    except REFUSALS as error:
        return NotRendered(order.name, f"The encoder refused: {str(error).partition(' @ ')[0][:300]}")
    path = _kept(content, EXTENSIONS[image_format], into)
    return Rendered(order.name, path, image_format, image.width, image.height, len(content))


def _encoded(image: Image, spec: VariantSpec, image_format: ImageFormat) -> bytes:
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
        content: bytes | None = copy.make_blob(image_format.value)
        if not content:
            raise ValueError("nothing was written")
        if image_format is ImageFormat.WEBP and copy.iterator_length() > 1:
            return with_durations(content, [frame.delay * 10 for frame in copy.sequence])
    return content


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
