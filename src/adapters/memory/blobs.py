"""Blobs in this process's memory."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field, replace

from application.ports.blob_moves import BlobChanged
from application.ports.blob_store import BlobInfo, BlobMissing
from application.ports.clock import Clock
from domain.blob_keys import check_key, check_prefix
from domain.errors import Invalid

CHUNK = 256 * 1024


@dataclass(slots=True)
class MemoryBlobs:
    """Keeps blobs in a dictionary: for tests, and for a service that may forget."""

    clock: Clock
    _kept: dict[str, tuple[BlobInfo, bytes]] = field(default_factory=dict)

    async def put(
        self, key: str, chunks: AsyncIterator[bytes], *, content_type: str, size: int | None = None
    ) -> BlobInfo:
        """Collect the stream, then keep it as one step; the content type is nobody's question here."""
        check_key(key)
        body = bytearray()
        async for chunk in chunks:
            body += chunk
            if size is not None and len(body) > size:
                break
        if size is not None and len(body) != size:
            more = "more" if len(body) > size else "fewer"
            raise Invalid(f"Instead of the {size} bytes announced there came {more}.")
        etag = hashlib.blake2b(body, digest_size=16).hexdigest()
        info = BlobInfo(key, len(body), etag, self.clock.now())
        self._kept[key] = info, bytes(body)
        return info

    async def read(
        self, key: str, *, start: int = 0, end: int | None = None, etag: str | None = None
    ) -> AsyncGenerator[bytes, None]:
        """The bytes as they were when the reading began."""
        info, body = self._find(key)
        if etag is not None and etag != info.etag:
            raise BlobChanged(f"The blob {key!r} has changed.")
        stop = info.size if end is None else min(end, info.size)
        for offset in range(start, stop, CHUNK):
            yield body[offset : min(offset + CHUNK, stop)]

    async def stat(self, key: str) -> BlobInfo:
        """Facts of one blob."""
        return self._find(key)[0]

    async def remove(self, key: str) -> None:
        """Forget it, if it was there."""
        check_key(key)
        self._kept.pop(key, None)

    async def move(self, source: str, to: str, *, etag: str | None = None, content_type: str | None = None) -> BlobInfo:
        """Give the same bytes another name, as one step; the content type is nobody's question here."""
        info, body = self._find(source)
        check_key(to)
        if etag is not None and etag != info.etag:
            raise BlobChanged(f"The blob {source!r} has changed.")
        if source != to:
            info = replace(info, key=to, modified_at=self.clock.now())
            self._kept[to] = info, body
            del self._kept[source]
        return info

    async def list(self, prefix: str = "") -> AsyncGenerator[BlobInfo, None]:
        """The blobs of one moment, less those removed meanwhile."""
        check_prefix(prefix)
        for key in sorted(key for key in self._kept if key.startswith(prefix)):
            if key in self._kept:
                yield self._kept[key][0]

    async def check(self) -> None:
        """Memory is always there."""

    def _find(self, key: str) -> tuple[BlobInfo, bytes]:
        check_key(key)
        try:
            return self._kept[key]
        except KeyError:
            raise BlobMissing(f"There is no blob {key!r}.") from None
