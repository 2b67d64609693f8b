"""Removing many blobs, a few at a time."""

import asyncio
from collections.abc import Iterable

from application.ports.blob_store import BlobStore

AT_ONCE = 16


async def forget_blobs(blobs: BlobStore, keys: Iterable[str]) -> None:
    """Remove these; the first that cannot be removed ends it, whatever is left."""
    waiting = iter(tuple(keys))

    async def go_on() -> None:
        for key in waiting:
            await blobs.remove(key)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(go_on())
    except* Exception as failed:  # noqa: BLE001  the first of them, as it is
        raise failed.exceptions[0] from None
