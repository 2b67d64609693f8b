"""Blocking file work, away from the event loop."""

from collections.abc import Callable
from typing import Any, TypeVar, TypeVarTuple

from anyio import CancelScope, CapacityLimiter, create_task_group, to_thread

from adapters.filesystem.errors import translate

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Threads:
    """A bounded number of threads for one disk."""

    def __init__(self, count: int) -> None:
        self._limiter = CapacityLimiter(count)

    async def run(self, work: Callable[[*Ts], T], *args: *Ts) -> T:
        """The result of `work`; a cancelled caller leaves only once the thread has ended.

        The work runs as a child task because a cancelled one waits for its thread there, whoever cancels: what
        is open can be closed afterwards without anybody still using it.
        """
        done: list[T] = []
        failed: list[BaseException] = []

        async def child() -> None:
            try:
                done.append(await to_thread.run_sync(work, *args, limiter=self._limiter))
            except Exception as error:  # noqa: BLE001 - handed on below, without the group around it
                failed.append(error)

        async with create_task_group() as group:
            group.start_soon(child)
        for error in failed:
            if isinstance(error, OSError):
                raise translate(error) from error
            raise error
        return done[0]

    async def settle(self, work: Callable[[], Any]) -> None:
        """Clean up, also while being cancelled."""
        with CancelScope(shield=True):
            await self.run(work)
