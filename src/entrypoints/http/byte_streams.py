"""Blobs on their way out, whole or in parts."""

from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from secrets import token_hex

import anyio
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from application.ports.blob_store import BlobInfo, BlobStore
from entrypoints.http.ranges import ByteRange

CLOSED_WITHIN = 5.0


class ByteStream(StreamingResponse):
    """Sends what a generator yields, and closes it whatever happens: a client that goes away holds no blob open."""

    def __init__(
        self, body: AsyncGenerator[bytes, None], status: int, headers: Mapping[str, str], first: bytes = b""
    ) -> None:
        super().__init__(_behind(first, body), status, headers)
        self._body = body

    @classmethod
    async def begun(cls, body: AsyncGenerator[bytes, None], status: int, headers: Mapping[str, str]) -> Response:
        """Once its first bytes are at hand: of a blob that has just gone nothing is promised."""
        first = await anext(body, b"")
        if len(first) < int(headers["Content-Length"]):
            return cls(body, status, headers, first)
        # Most pictures are whole by now, and a stream with its tasks would cost as much again as reading them.
        await body.aclose()
        return Response(first, status, headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it all."""
        try:
            await super().__call__(scope, receive, send)
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
            head = self._head(part)
            async with aclosing(read_part(blobs, self.info.key, part)) as chunks:
                async for chunk in chunks:
                    yield head + chunk
                    head = b""
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


async def _behind(first: bytes, rest: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    yield first
    del first  # a slow reader need not hold it to the end
    async for chunk in rest:
        yield chunk


def content_range(part: ByteRange, size: int) -> str:
    """The header of one part."""
    return f"bytes {part.start}-{part.end - 1}/{size}"
