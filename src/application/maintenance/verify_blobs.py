"""Whether everything the rows promise is there."""

import hashlib
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

from application.for_each import for_each
from application.maintenance.promised_blobs import BLOBS_AT_ONCE, PromisedBlob, every_page, promised_by
from application.ports.blob_store import BlobMissing, BlobStore
from application.ports.files import FileBatches


@dataclass(frozen=True, slots=True)
class Damage:
    """A blob that is not what its row says."""

    file_id: UUID
    key: str
    problem: str


@dataclass
class Verified:
    """What was looked at, and how much of it is not as it should be."""

    files: int = 0
    blobs: int = 0
    bytes: int = 0
    damaged: int = 0


Tell = Callable[[Verified], None]
Found = Callable[[Damage], None]


@dataclass(frozen=True, slots=True)
class VerifyBlobs:
    """Look at every blob that the rows promise; what is deleted while we look is no damage."""

    files: FileBatches
    blobs: BlobStore

    async def __call__(self, *, hashes: bool, tell: Tell, found: Found) -> Verified:
        """Sizes of all, and with `hashes` the bytes of originals as well; `found` hears of each damage at once."""
        verified = Verified()

        async def look(blob: PromisedBlob) -> None:
            verified.blobs += 1
            verified.bytes += blob.size
            problem = await self._problem(blob, hashes=hashes)
            if problem is not None and await self.files.known([blob.key]):
                verified.damaged += 1
                found(Damage(blob.file_id, blob.key, problem))

        async for page in every_page(self.files):
            blobs = (blob for file in page for blob in promised_by(file))
            await for_each(blobs, look, at_once=BLOBS_AT_ONCE)
            verified.files += len(page)
            tell(verified)
        return verified

    async def _problem(self, blob: PromisedBlob, *, hashes: bool) -> str | None:
        try:
            size = (await self.blobs.stat(blob.key)).size
            if size != blob.size:
                return f"has {size} bytes instead of {blob.size}"
            if hashes and blob.sha256 is not None and await self._hash(blob.key) != blob.sha256:
                return "has other bytes than were sent"
        except BlobMissing:
            return "is missing"
        return None

    async def _hash(self, key: str) -> str:
        hashed = hashlib.sha256()
        async with aclosing(self.blobs.read(key)) as chunks:
            async for chunk in chunks:
                hashed.update(chunk)
        return hashed.hexdigest()
