"""Encoding finished pixels into files."""

import errno
import os
import tempfile
from pathlib import Path
from typing import Any

from adapters.vips.library import pyvips
from application.ports.image_transformer import NotRendered, Order, Rendered
from domain.errors import StorageFull
from domain.variants import DEFAULT_EFFORT, DEFAULT_QUALITY, EXTENSIONS, ImageFormat, VariantSpec

WHITE = "#ffffff"


def write_variant(image: Any, order: Order, image_format: ImageFormat, into: Path) -> Rendered | NotRendered:
    """Encode one picture, or the film of frames that `page-height` divides, as one file of its own."""
    path = _new_file(into, EXTENSIONS[image_format])
    height = image.get_page_height()
    try:
        _encode(_on_background(image, order.spec, image_format), order.spec, image_format, path)
    except pyvips.Error as error:
        path.unlink(missing_ok=True)
        return _refusal(order, str(error))
    return Rendered(order.name, path, image_format, image.width, height, path.stat().st_size)


def colour(background: str) -> list[int]:
    """`#rgb` or `#rrggbb` as three numbers."""
    digits = background.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return list(bytes.fromhex(digits))


def _encode(image: Any, spec: VariantSpec, image_format: ImageFormat, path: Path) -> None:
    quality = DEFAULT_QUALITY[image_format] if spec.quality is None else spec.quality
    effort = DEFAULT_EFFORT if spec.effort is None else spec.effort
    match image_format:
        case ImageFormat.JPEG:
            image.jpegsave(str(path), Q=quality, optimize_coding=True, keep="none")
        case ImageFormat.PNG:
            image.pngsave(str(path), compression=6, keep="none")
        case ImageFormat.WEBP:
            image.webpsave(
                str(path), Q=quality, effort=min(effort, 6), page_height=image.get_page_height(), keep="none"
            )
        case _:
            image.heifsave(
                str(path), Q=quality, effort=min(effort, 9), compression="av1", subsample_mode="on", keep="none"
            )


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


def _refusal(order: Order, told: str) -> NotRendered:
    if "No space left" in told:
        raise StorageFull("There is no room to write a variant.")
    return NotRendered(order.name, f"The encoder refused: {' '.join(told.split())[:300]}")
