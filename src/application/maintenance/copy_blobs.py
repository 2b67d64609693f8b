"""Bringing what rows promise from one store into another."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from application.for_each import for_each
from application.maintenance.promised_blobs import BLOBS_AT_ONCE, PromisedBlob, every_page, promised_by
from application.ports.blob_store import BlobMissing, BlobStore
from application.ports.files import FileBatches
from domain.errors import Invalid

MOST_MISSING = 1000
"""With so many gone it is better to look at newer rows, or at the store, than to go on."""


@dataclass
class Copied:
    """What was gone through: files and their blobs, those of them that were new, and those that were not to be had."""

    files: int = 0
    blobs: int = 0
    bytes: int = 0
    new: int = 0
    new_bytes: int = 0
    missing: set[str] = field(default_factory=set)

    @property
    def broken_off(self) -> bool:
        """Whether so many were missing that the rest was not looked at."""
        return len(self.missing) >= MOST_MISSING


Tell = Callable[[Copied], None]


@dataclass(frozen=True, slots=True)
class CopyBlobs:
    """Copy every blob that the rows promise and the target lacks.

    What lies there with the right size is taken for the same, since no key ever holds two things. Bytes that are not
    those of the row, by length or by hash, are as good as missing and not copied.
    """

    source: BlobStore
    target: BlobStore

    async def __call__(self, files: FileBatches, tell: Tell, *, whatever: bool = False) -> Copied:
        """Go through all files; `whatever` is missing, to the end."""
        copied = Copied()

        async def copy(blob: PromisedBlob) -> None:
            await self._one(blob, copied)

        async for page in every_page(files):
            blobs = (blob for file in page for blob in promised_by(file))
            await for_each(blobs, copy, at_once=BLOBS_AT_ONCE)
            copied.files += len(page)
            tell(copied)
            if copied.broken_off and not whatever:
                break
        return copied

    async def _one(self, blob: PromisedBlob, copied: Copied) -> None:
        try:
            if not await self._kept(blob):
                await self._copy(blob)
                copied.new += 1
                copied.new_bytes += blob.size
        except (BlobMissing, Invalid):
            copied.missing.add(blob.key)
        else:
            copied.blobs += 1
            copied.bytes += blob.size

    async def _kept(self, blob: PromisedBlob) -> bool:
        try:
            return (await self.target.stat(blob.key)).size == blob.size
        except BlobMissing:
            return False

    async def _copy(self, blob: PromisedBlob) -> None:
        async with aclosing(self.source.read(blob.key)) as chunks, aclosing(_checked(chunks, blob)) as checked:
            await self.target.put(blob.key, checked, content_type=blob.mime_type, size=blob.size)


async def _checked(chunks: AsyncIterator[bytes], blob: PromisedBlob) -> AsyncGenerator[bytes, None]:
    """The bytes; an error at their end, so that nothing is stored, when they are not the promised ones."""
    hashed = hashlib.sha256()
    async for chunk in chunks:
        hashed.update(chunk)
        yield chunk
    if blob.sha256 not in {None, hashed.hexdigest()}:
        raise Invalid(f"The blob {blob.key!r} has other bytes than its row says.")
