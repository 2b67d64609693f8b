"""A transformer for test suites: it reads real headers and draws nothing."""

import struct
import tempfile
import zlib
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from uuid import UUID

from application.glimpses import glimpse_of
from application.picture_headers import camera_of, check_header
from application.ports.image_transformer import Glimpse, NotRendered, Order, PictureFacts, Rendered
from domain.image_headers.budget import DecodeLimits
from domain.image_headers.header import ImageHeader, UnreadableImage
from domain.media_types import IMAGE_TYPES_TAKEN
from domain.rendering import Task, plan_render
from domain.variants import EXTENSIONS

_ANIMATED = ("image/gif", "image/webp")
GREY = b"\x80\x80\x80\xff"


class MemoryTransformer:
    """Tells true sizes, refuses what a header gives away, and writes placeholders instead of variants.

    Every placeholder is a grey PNG of the promised size, whatever its extension and `format` say, and every glimpse is
    grey. Nothing is decoded, so pixels that are corrupt or cut off go unnoticed.
    """

    def __init__(self, limits: DecodeLimits | None = None) -> None:
        self._limits = limits or DecodeLimits()

    async def probe(self, source: Path, mime_type: str, *, owner: UUID | None = None) -> PictureFacts:
        """Read the header only."""
        header = self._header(source, mime_type)
        has_alpha = header.bands in {2, 4} and mime_type != "image/jpeg"
        return PictureFacts(*header.upright, mime_type, has_alpha, _frames(header, mime_type))

    async def render(
        self,
        source: Path,
        mime_type: str,
        orders: Sequence[Order],
        into: Path,
        *,
        keep_camera: bool = False,
        owner: UUID | None = None,
    ) -> AsyncGenerator[Glimpse | Rendered | NotRendered, None]:
        """Answer every order with a placeholder, or with what stands in the way."""
        header = self._header(source, mime_type)
        wanted = ((order.name, order.spec) for order in orders)
        plan = plan_render(wanted, mime_type, header.upright, _frames(header, mime_type), self._limits)
        width, height = plan.glimpse
        yield glimpse_of(width, height, GREY * width * height)
        camera = camera_of(header) if keep_camera else None
        for task in (*plan.stills, *plan.films):
            yield _placeholder(task, into, camera)
        for name, reason in plan.refused:
            yield NotRendered(name, reason)

    def _header(self, source: Path, mime_type: str) -> ImageHeader:
        if mime_type not in IMAGE_TYPES_TAKEN:
            raise UnreadableImage(f"There is no decoder for {mime_type} here.")
        return check_header(source, mime_type, self._limits)


def _frames(header: ImageHeader, mime_type: str) -> int:
    return header.frames if mime_type in _ANIMATED else 1


def _placeholder(task: Task, into: Path, camera: bytes | None) -> Rendered:
    width, height = task.rendering.geometry.final
    content = grey_png(width, height, camera)
    with tempfile.NamedTemporaryFile(dir=into, suffix=f".{EXTENSIONS[task.rendering.format]}", delete=False) as file:
        file.write(content)
    return Rendered(task.name, Path(file.name), task.rendering.format, width, height, len(content))


def grey_png(width: int, height: int, exif: bytes | None = None) -> bytes:
    """The smallest honest PNG of this size: one bit a pixel, every second one white."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x55" * ((width + 7) // 8)) * height)
    told = [(b"eXIf", exif)] if exif else []
    chunks = [(b"IHDR", header), *told, (b"IDAT", rows), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
