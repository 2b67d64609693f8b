"""Calls that come at the same time, done as one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from adapters.sql.uninterrupted import uninterrupted

Asked = TypeVar("Asked")

MOST = 100


class Together(Generic[Asked]):
    """What is asked while an earlier batch is under way makes the next one; who asks alone waits for nobody.

    `do` says of each whether it was done; an error of its own concerns all. A cancelled caller waits for the end of
    its batch, so that nothing is under way when the last of them has left.
    """

    def __init__(self, do: Callable[[Sequence[Asked]], Awaitable[Sequence[bool]]]) -> None:
        self._do = do
        self._waiting: list[tuple[Asked, asyncio.Future[bool]]] = []
        self._rounds: asyncio.Task[None] | None = None

    async def __call__(self, asked: Asked) -> bool:
        """Whether it was done."""
        end: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, end))
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._go_round())
        try:
            return await asyncio.shield(end)
        except asyncio.CancelledError:
            await uninterrupted(_over(end))
            raise

    async def _go_round(self) -> None:
        # Whoever has come to the same point in this turn of the loop comes along.
        await asyncio.sleep(0)
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._settle(batch)
        finally:
            self._rounds = None

    async def _settle(self, batch: Sequence[tuple[Asked, "asyncio.Future[bool]"]]) -> None:
        ends = [end for _, end in batch]
        try:
            for end, done in zip(ends, await self._do([asked for asked, _ in batch]), strict=True):
                end.set_result(done)
        except BaseException as error:
            for end in ends:
                end.set_exception(error)
            if not isinstance(error, Exception):
                raise


async def _over(end: "asyncio.Future[Any]") -> None:
    await asyncio.wait([end])
    end.exception()
