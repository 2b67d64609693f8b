"""A blob store whose failures are counted."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from application.ports.blob_moves import BlobMoves
from application.ports.blob_store import BlobInfo, BlobStore
from application.ports.local_paths import LocalPaths
from application.ports.measures import Dependency, Measures
from domain.errors import Outage


@contextmanager
def counted(measures: Measures, operation: str) -> Iterator[None]:
    """Take note of what fails here; what is refused on purpose, or is not there, is no failure."""
    try:
        yield
    except (Outage, OSError):
        measures.failed(Dependency.STORE, operation)
        raise


@dataclass(frozen=True, slots=True)
class MeasuredBlobs:
    """Passes everything on to a store."""

    store: BlobStore
    measures: Measures

    async def put(
        self, key: str, chunks: AsyncIterator[bytes], *, content_type: str, size: int | None = None
    ) -> BlobInfo:
        with counted(self.measures, "put"):
            return await self.store.put(key, chunks, content_type=content_type, size=size)

    async def read(
        self, key: str, *, start: int = 0, end: int | None = None, etag: str | None = None
    ) -> AsyncGenerator[bytes, None]:
        with counted(self.measures, "read"):
            async with aclosing(self.store.read(key, start=start, end=end, etag=etag)) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def stat(self, key: str) -> BlobInfo:
        with counted(self.measures, "stat"):
            return await self.store.stat(key)

    async def remove(self, key: str) -> None:
        with counted(self.measures, "remove"):
            await self.store.remove(key)

    async def list(self, prefix: str = "") -> AsyncGenerator[BlobInfo, None]:
        with counted(self.measures, "list"):
            async with aclosing(self.store.list(prefix)) as found:
                async for each in found:
                    yield each

    async def check(self) -> None:
        with counted(self.measures, "check"):
            await self.store.check()


@dataclass(frozen=True, slots=True)
class MeasuredMoves:
    """Passes everything on to what moves blobs."""

    moves: BlobMoves
    measures: Measures

    async def move(self, source: str, to: str, *, etag: str | None = None, content_type: str | None = None) -> BlobInfo:
        with counted(self.measures, "move"):
            return await self.moves.move(source, to, etag=etag, content_type=content_type)


@dataclass(frozen=True, slots=True)
class MeasuredLocalPaths:
    """Passes everything on to a store on a disk of this machine."""

    local: LocalPaths
    measures: Measures

    async def locate(self, key: str) -> Path:
        with counted(self.measures, "locate"):
            return await self.local.locate(key)

    async def adopt(self, path: Path, key: str) -> BlobInfo:
        with counted(self.measures, "adopt"):
            return await self.local.adopt(path, key)

    def scratch(self) -> Path:
        return self.local.scratch()
