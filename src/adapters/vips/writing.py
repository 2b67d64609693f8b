"""Encoding finished pixels into files."""

import errno
import os
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from adapters.vips.library import pyvips
from application.ports.image_transformer import NotRendered, Rendered
from domain.errors import StorageFull
from domain.rendering import Task
from domain.variants import DEFAULT_EFFORT, DEFAULT_QUALITY, EXTENSIONS, ImageFormat, VariantSpec

WHITE = "#ffffff"
_EXIF = "exif-data"


class Kept(NamedTuple):
    """What all variants of a render share: the folder they land in, and the EXIF block they carry, if any."""

    folder: Path
    camera: bytes | None


def write_variant(image: Any, task: Task, kept: Kept) -> Rendered | NotRendered:
    """Encode one picture, or the film of frames that `page-height` divides, as one file of its own."""
    image_format, height = task.rendering.format, image.get_page_height()
    path = _new_file(kept.folder, EXTENSIONS[image_format])
    try:
        plain = _on_background(image, task.spec, image_format)
        _encode(_carrying(plain, kept.camera), task.spec, image_format, path)
    except pyvips.Error as error:
        path.unlink(missing_ok=True)
        return _refusal(task.name, str(error))
    return Rendered(task.name, path, image_format, image.width, height, path.stat().st_size)


def colour(background: str) -> list[int]:
    """`#rgb` or `#rrggbb` as three numbers."""
    digits = background.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return list(bytes.fromhex(digits))


def _encode(image: Any, spec: VariantSpec, image_format: ImageFormat, path: Path) -> None:
    quality = DEFAULT_QUALITY[image_format] if spec.quality is None else spec.quality
    effort = DEFAULT_EFFORT if spec.effort is None else spec.effort
    # Asked to keep EXIF, libvips writes some of its own even where there is none.
    kept = {"keep": "exif" if image.get_typeof(_EXIF) else "none"}
    match image_format:
        case ImageFormat.JPEG:
            image.jpegsave(str(path), Q=quality, optimize_coding=True, **kept)
        case ImageFormat.PNG:
            image.pngsave(str(path), compression=6, **kept)
        case ImageFormat.WEBP:
            image.webpsave(str(path), Q=quality, effort=min(effort, 6), page_height=image.get_page_height(), **kept)
        case _:
            image.heifsave(str(path), Q=quality, effort=min(effort, 9), compression="av1", subsample_mode="on", **kept)


def _carrying(image: Any, camera: bytes | None) -> Any:
    # libvips writes what it has parsed as well, so nothing that came with the source may be left.
    image = image.copy()
    for name in image.get_fields():
        if name.startswith("exif-"):
            image.remove(name)
    if camera is not None:
        image.set_type(pyvips.GValue.blob_type, _EXIF, b"Exif\0\0" + camera)
    return image


def _on_background(image: Any, spec: VariantSpec, image_format: ImageFormat) -> Any:
    if not image.hasalpha() or not (spec.background or image_format is ImageFormat.JPEG):
        return image
    if image.bands == 2:
        image = image.colourspace("srgb")
    return image.flatten(background=colour(spec.background or WHITE))


def _new_file(into: Path, extension: str) -> Path:
    try:
        handle, name = tempfile.mkstemp(dir=into, suffix=f".{extension}")
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull("There is no room to write a variant.") from error
        raise
    os.close(handle)
    return Path(name)


def _refusal(name: str, told: str) -> NotRendered:
    if "No space left" in told:
        raise StorageFull("There is no room to write a variant.")
    return NotRendered(name, f"The encoder refused: {' '.join(told.split())[:300]}")
