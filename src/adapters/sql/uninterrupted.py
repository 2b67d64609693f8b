"""Work on a connection that goes on to its end, whoever is cancelled meanwhile."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import anyio

T = TypeVar("T")


async def uninterrupted(work: Coroutine[Any, Any, T]) -> T:
    """What the work gives; a cancellation takes effect when it is over.

    The work is a task of its own, since a native `task.cancel()` passes through anyio's shields. It must be bounded.
    """
    task = asyncio.create_task(work)
    interruption: asyncio.CancelledError | None = None
    # anyio cancels again at every turn of the loop: waiting would spin without its shield.
    with anyio.CancelScope(shield=True):
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError as cancelled:
                interruption = cancelled
    if interruption is not None:
        raise interruption from (None if task.cancelled() else task.exception())
    return task.result()
