"""Moves for stores that cannot rename: the bytes are copied, then removed under the old key."""

from contextlib import aclosing
from dataclasses import dataclass

from application.ports.blob_moves import BlobChanged
from application.ports.blob_store import BlobInfo, BlobMissing, BlobStore
from domain.blob_keys import check_key

UNKNOWN_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class CopyingMoves:
    """Moves blobs of any store through this process, in flat memory.

    A `BlobStore` does not give content types back, so a blob moved without one becomes `application/octet-stream`.
    A store that serves blobs by itself (`DirectLinks`, `PublicBlobs`) needs moves of its own.
    """

    store: BlobStore

    async def move(self, source: str, to: str, *, etag: str | None = None, content_type: str | None = None) -> BlobInfo:
        """Copy, then remove the source unless it was replaced meanwhile."""
        check_key(to)
        found = await self.store.stat(source)
        if etag is not None and etag != found.etag:
            raise BlobChanged(f"The blob {source!r} has changed.")
        if source == to:
            return found
        async with aclosing(self.store.read(source, etag=found.etag)) as chunks:
            moved = await self.store.put(to, chunks, content_type=content_type or UNKNOWN_TYPE, size=found.size)
        await self._remove(found)
        return moved

    async def _remove(self, moved: BlobInfo) -> None:
        try:
            there = await self.store.stat(moved.key)
        except BlobMissing:
            return
        if there.etag == moved.etag:
            await self.store.remove(moved.key)
