"""Blobs on their way out, whole or in parts."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from secrets import token_hex

import anyio
from starlette.responses import StreamingResponse
from starlette.types import Send

from application.ports.blob_store import BlobInfo, BlobStore
from entrypoints.http.ranges import ByteRange

CLOSED_WITHIN = 5.0


class ByteStream(StreamingResponse):
    """Sends what a generator yields, and closes it whatever happens: a client that goes away holds no blob open."""

    def __init__(self, body: AsyncGenerator[bytes, None], status: int, headers: Mapping[str, str]) -> None:
        super().__init__(body, status, headers)
        self._body = body

    async def stream_response(self, send: Send) -> None:
        """Send it all."""
        try:
            await super().stream_response(send)
        finally:
            with anyio.move_on_after(CLOSED_WITHIN, shield=True):
                await self._body.aclose()


@dataclass(frozen=True, slots=True)
class Parts:
    """Several parts of one blob as one body (multipart/byteranges)."""

    info: BlobInfo
    mime_type: str
    parts: Sequence[ByteRange]
    boundary: str

    @classmethod
    def of(cls, info: BlobInfo, mime_type: str, parts: Sequence[ByteRange]) -> "Parts":
        """With a boundary that nobody can foresee, so that no file has it in it."""
        return cls(info, mime_type, parts, token_hex(16))

    @property
    def content_type(self) -> str:
        """Of the whole body."""
        return f"multipart/byteranges; boundary={self.boundary}"

    @property
    def length(self) -> int:
        """Of the whole body."""
        return sum(len(self._head(part)) + part.length for part in self.parts) + len(self._end)

    async def read(self, blobs: BlobStore) -> AsyncGenerator[bytes, None]:
        """The body."""
        for part in self.parts:
            yield self._head(part)
            async with aclosing(read_part(blobs, self.info.key, part)) as chunks:
                async for chunk in chunks:
                    yield chunk
        yield self._end

    def _head(self, part: ByteRange) -> bytes:
        lines = f"Content-Type: {self.mime_type}\r\nContent-Range: {content_range(part, self.info.size)}"
        return f"\r\n--{self.boundary}\r\n{lines}\r\n\r\n".encode()

    @property
    def _end(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode()


async def read_part(blobs: BlobStore, key: str, part: ByteRange) -> AsyncGenerator[bytes, None]:
    """The bytes of a part, which may have none."""
    if part.length:
        async with aclosing(blobs.read(key, start=part.start, end=part.end)) as chunks:
            async for chunk in chunks:
                yield chunk


def content_range(part: ByteRange, size: int) -> str:
    """The header of one part."""
    return f"bytes {part.start}-{part.end - 1}/{size}"
