"""Port: where bytes live."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.errors import NotFound


class BlobMissing(NotFound):
    """There is no blob under this key."""

    code = "blob_missing"


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """What the store knows of one blob. `etag` changes when the bytes do; `modified_at` is the store's clock."""

    key: str
    size: int
    etag: str
    modified_at: datetime


class BlobStore(Protocol):
    """Keeps bytes under keys (relative, '/'-separated; see `domain.object_keys`).

    A blob is there whole or not at all: whatever interrupts a `put` (an exception from `chunks`, cancellation, the
    process dying) leaves the key as it was. A store that does not answer raises `Unavailable`, within a bounded
    time; one without room `StorageFull`; a key that would leave the store `domain.errors.Invalid`.
    """

    async def put(
        self, key: str, chunks: AsyncIterator[bytes], *, content_type: str, size: int | None = None
    ) -> BlobInfo:
        """Store a stream in flat memory, whatever its length; durable on return.

        Writing over a key replaces the blob as one step. When `size` is given and the stream has another length,
        nothing is stored and `domain.errors.Invalid` says so.
        """
        ...

    def read(
        self, key: str, *, start: int = 0, end: int | None = None, etag: str | None = None
    ) -> AsyncGenerator[bytes, None]:
        """The bytes from `start` up to, not including, `end`, in chunks; `BlobMissing` at the first step.

        With an `etag`, those of the blob that has it and of no other: else `BlobChanged`, also at the first step.
        Fewer bytes than the store promised raise `Unavailable`. Closing the iterator early gives everything back.
        """
        ...

    async def stat(self, key: str) -> BlobInfo:
        """Facts without bytes, or `BlobMissing`."""
        ...

    async def remove(self, key: str) -> None:
        """Forget a blob; quiet when it is not there."""
        ...

    def list(self, prefix: str = "") -> AsyncGenerator[BlobInfo, None]:
        """Every blob whose key begins with the prefix, by key, in bounded memory; no unfinished ones."""
        ...

    async def check(self) -> None:
        """Return when the store can be used now; else raise `Unavailable` with a word on why."""
        ...
