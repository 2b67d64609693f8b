"""A store whose traffic shows in traces. Keys hold names that users chose, so they are left out."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from application.ports.blob_moves import BlobMoves
from application.ports.blob_store import BlobInfo, BlobStore
from application.ports.local_paths import LocalPaths
from application.ports.traces import Traces
from application.tracing import note_error

_BYTES = "darkroom.bytes"


@dataclass(frozen=True, slots=True)
class TracedBlobs:
    """Another store, watched; looking around in it is not worth a word."""

    store: BlobStore
    traces: Traces

    async def put(
        self, key: str, chunks: AsyncIterator[bytes], *, content_type: str, size: int | None = None
    ) -> BlobInfo:
        with self.traces.span("BlobStore.put", kind="client") as span:
            info = await self.store.put(key, chunks, content_type=content_type, size=size)
            span.tell({_BYTES: info.size})
            return info

    async def read(
        self, key: str, *, start: int = 0, end: int | None = None, etag: str | None = None
    ) -> AsyncGenerator[bytes, None]:
        # A generator runs in the context of whoever asks it, which it must leave as it is.
        span, read = self.traces.leaf("BlobStore.read"), 0
        try:
            async with aclosing(self.store.read(key, start=start, end=end, etag=etag)) as chunks:
                async for chunk in chunks:
                    read += len(chunk)
                    yield chunk
        except BaseException as error:
            note_error(span, error)
            raise
        finally:
            span.tell({_BYTES: read})
            span.end()

    async def stat(self, key: str) -> BlobInfo:
        with self.traces.span("BlobStore.stat", kind="client"):
            return await self.store.stat(key)

    async def remove(self, key: str) -> None:
        with self.traces.span("BlobStore.remove", kind="client"):
            await self.store.remove(key)

    def list(self, prefix: str = "") -> AsyncGenerator[BlobInfo, None]:
        return self.store.list(prefix)

    async def check(self) -> None:
        await self.store.check()


@dataclass(frozen=True, slots=True)
class TracedMoves:
    """Another store's moves, watched."""

    moves: BlobMoves
    traces: Traces

    async def move(self, source: str, to: str, *, etag: str | None = None, content_type: str | None = None) -> BlobInfo:
        with self.traces.span("BlobStore.move", kind="client") as span:
            info = await self.moves.move(source, to, etag=etag, content_type=content_type)
            span.tell({_BYTES: info.size})
            return info


@dataclass(frozen=True, slots=True)
class TracedLocalPaths:
    """Another store's files of this machine, watched."""

    local: LocalPaths
    traces: Traces

    async def locate(self, key: str) -> Path:
        return await self.local.locate(key)

    async def adopt(self, path: Path, key: str) -> BlobInfo:
        with self.traces.span("BlobStore.adopt", kind="client") as span:
            info = await self.local.adopt(path, key)
            span.tell({_BYTES: info.size})
            return info

    def scratch(self) -> Path:
        return self.local.scratch()
