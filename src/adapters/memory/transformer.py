"""A transformer for test suites: it reads real headers and draws nothing."""

import struct
import tempfile
import zlib
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from application.picture_headers import check_header
from application.ports.image_transformer import NotRendered, Order, PictureFacts, Rendered
from domain.image_headers.budget import DecodeLimits
from domain.image_headers.header import ImageHeader, UnreadableImage
from domain.media_types import IMAGE_TYPES_TAKEN
from domain.rendering import Rendering, plan_rendering
from domain.variants import EXTENSIONS

_ANIMATED = ("image/gif", "image/webp")


class MemoryTransformer:
    """Tells true sizes, refuses what a header gives away, and writes placeholders instead of variants.

    Every placeholder is a grey PNG of the promised size, whatever its extension and `format` say. Nothing is decoded,
    so pixels that are corrupt or cut off go unnoticed.
    """

    def __init__(self, limits: DecodeLimits | None = None) -> None:
        self._limits = limits or DecodeLimits()

    async def probe(self, source: Path, mime_type: str) -> PictureFacts:
        """Read the header only."""
        header = self._header(source, mime_type)
        has_alpha = header.bands in {2, 4} and mime_type != "image/jpeg"
        return PictureFacts(*header.upright, mime_type, has_alpha, _frames(header, mime_type))

    async def render(
        self, source: Path, mime_type: str, orders: Sequence[Order], into: Path
    ) -> AsyncGenerator[Rendered | NotRendered, None]:
        """Answer every order with a placeholder, or with what stands in the way."""
        header = self._header(source, mime_type)
        for order in orders:
            frames = _frames(header, mime_type)
            rendering = plan_rendering(order.spec, mime_type, header.upright, frames, self._limits)
            yield _answer(order, rendering, into)

    def _header(self, source: Path, mime_type: str) -> ImageHeader:
        if mime_type not in IMAGE_TYPES_TAKEN:
            raise UnreadableImage(f"There is no decoder for {mime_type} here.")
        return check_header(source, mime_type, self._limits)


def _frames(header: ImageHeader, mime_type: str) -> int:
    return header.frames if mime_type in _ANIMATED else 1


def _answer(order: Order, rendering: Rendering, into: Path) -> Rendered | NotRendered:
    if rendering.obstacle is not None:
        return NotRendered(order.name, rendering.obstacle)
    width, height = rendering.geometry.final
    content = grey_png(width, height)
    with tempfile.NamedTemporaryFile(dir=into, suffix=f".{EXTENSIONS[rendering.format]}", delete=False) as file:
        file.write(content)
    return Rendered(order.name, Path(file.name), rendering.format, width, height, len(content))


def grey_png(width: int, height: int) -> bytes:
    """The smallest honest PNG of this size: one bit a pixel, every second one white."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x55" * ((width + 7) // 8)) * height)
    chunks = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
