"""Removing many blobs, a few at a time."""

from collections.abc import Iterable

from application.for_each import for_each
from application.ports.blob_store import BlobStore

AT_ONCE = 16


async def forget_blobs(blobs: BlobStore, keys: Iterable[str]) -> None:
    """Remove these; the first that cannot be removed ends it, whatever is left."""
    await for_each(keys, blobs.remove, at_once=AT_ONCE)
