"""A source in memory."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from hashlib import sha256

from application.ports.ingest_sources import SourceChanged, SourceMissing, SourceObject

CHUNK = 64 * 1024


@dataclass
class MemorySource:
    """Objects of this process; whoever holds it may change them."""

    name: str = "memory://source"
    objects: dict[str, bytes] = field(default_factory=dict)

    async def list(self) -> AsyncGenerator[SourceObject, None]:
        for key in sorted(self.objects):
            if key in self.objects:
                yield await self.stat(key)

    async def stat(self, key: str) -> SourceObject:
        body = self.objects.get(key)
        if body is None:
            raise SourceMissing(f"there is no object {key!r} in {self.name}")
        return SourceObject(key, sha256(body).hexdigest(), len(body))

    async def read(self, wanted: SourceObject) -> AsyncGenerator[bytes, None]:
        body = self.objects.get(wanted.key, b"")
        for at in range(0, max(1, len(body)), CHUNK):
            if await self.stat(wanted.key) != wanted:
                raise SourceChanged(f"{wanted.key!r} has changed since it was listed")
            yield body[at : at + CHUNK]
