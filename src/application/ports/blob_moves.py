"""Port: a blob gets another key without its bytes travelling. A power of stores."""

from typing import Protocol

from application.ports.blob_store import BlobInfo
from domain.errors import Conflict


class BlobChanged(Conflict):
    """What lies there is not what it was when somebody looked."""

    code = "blob_changed"


class BlobMoves(Protocol):
    """Moves blobs inside one store."""

    async def move(self, source: str, to: str, *, etag: str | None = None, content_type: str | None = None) -> BlobInfo:
        """Put the blob of one key under another, durable on return; the facts are those of the new place.

        What lay there is replaced as one step, and the old key is empty afterwards. Interrupted, it can leave the
        blob under both keys, never under neither; moving again then ends well. `BlobMissing` without a source;
        with an `etag`, `BlobChanged` when the source has another one, and what comes to lie at `to` has had that
        one. From then on it is of `content_type`, or else of the type that it was of. Moving a blob onto itself
        changes nothing. `domain.errors.Invalid` says when it is too large to be moved.
        """
        ...
