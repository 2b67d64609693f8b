"""Pictures decoded in processes of our own, so that no picture can take the service down.

`pebble` was looked at first. Its pool answers with pickles (a decoder that a picture took over could run code in the
service), shares one pipe between all workers, hands them our environment and process group, kills no grandchildren,
and gives one result a task where we want each variant as soon as it is whole.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from adapters.sandbox.limits import DecoderLimits
from adapters.sandbox.process import DecoderProcess
from adapters.sandbox.scratch import sweep
from adapters.sandbox.syscalls import hide_this_process
from adapters.sandbox.wire import Message, facts_in, order_out, result_in
from application.ports.image_transformer import DecoderLost, NotRendered, Order, PictureFacts, Rendered
from domain.errors import Unavailable

Told = TypeVar("Told")


class SandboxedTransformer:
    """Runs an engine, named `module:Class`, in up to `processes` children; they start when first needed."""

    def __init__(self, engine: str, processes: int, limits: DecoderLimits | None = None) -> None:
        self._engine = engine
        self._limits = limits or DecoderLimits()
        self._free = asyncio.Semaphore(processes)
        self._idle: list[DecoderProcess] = []
        self._living: set[DecoderProcess] = set()
        # Nobody is born while we close: who is not yet among the living would be forgotten.
        self._births = asyncio.Lock()
        self._burials: set[asyncio.Task[None]] = set()
        self._open = False

    async def open(self) -> None:
        """Start the first child, so that an engine that cannot be loaded stops the start."""
        await asyncio.to_thread(sweep)
        hide_this_process()
        self._open = True
        try:
            async with self._lease():
                pass
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Kill every child, busy ones too, and wait until all are gone."""
        self._open = False
        async with self._births:
            for child in tuple(self._living):
                self._bury(child)
        await asyncio.gather(*self._burials)

    async def probe(self, source: Path, mime_type: str) -> PictureFacts:
        """Read the header only."""
        async with self._lease() as child:
            await child.ask(_question(source, mime_type))
            answer = await child.hear()
            facts = _believed(partial(facts_in, answer or {}, mime_type))
            if await child.hear() is not None:
                raise DecoderLost("The decoder answered twice.")
            return facts

    async def render(
        self, source: Path, mime_type: str, orders: Sequence[Order], into: Path
    ) -> AsyncGenerator[Rendered | NotRendered, None]:
        """Make every variant ordered; the child goes on with the next while the caller is busy with this one."""
        waiting = {order.name for order in orders}
        async with self._lease() as child:
            await child.ask(_question(source, mime_type) | _wanted(orders, into))
            while (answer := await child.hear()) is not None:
                result = _believed(partial(result_in, answer, into))
                if result.name not in waiting:
                    raise DecoderLost("The decoder answered an order that nobody gave.")
                waiting.remove(result.name)
                yield result
        if waiting:
            raise DecoderLost("The decoder left orders unanswered.")

    @asynccontextmanager
    async def _lease(self) -> AsyncIterator[DecoderProcess]:
        try:
            async with asyncio.timeout(self._limits.wait_seconds):
                await self._free.acquire()
        except TimeoutError as error:
            raise Unavailable("Every decoder is busy.") from error
        try:
            child = await self._ready_child()
            try:
                yield child
            finally:
                # A child that was left in the middle of a call might answer the next one: it goes.
                if self._open and child.idle and child.alive and child.calls < self._limits.calls:
                    self._idle.append(child)
                else:
                    self._bury(child)
        finally:
            self._free.release()

    async def _ready_child(self) -> DecoderProcess:
        while self._idle:
            child = self._idle.pop()
            if child.alive:
                return child
            self._bury(child)
        async with self._births:
            if not self._open:
                raise DecoderLost("The decoders are closed.")
            child = await DecoderProcess.start(self._limits)
            self._living.add(child)
        try:
            await child.greet(self._engine)
        except BaseException:
            self._bury(child)
            raise
        return child

    def _bury(self, child: DecoderProcess) -> None:
        if child not in self._living:
            return
        self._living.remove(child)
        child.kill()
        burial = asyncio.create_task(child.gone())
        self._burials.add(burial)
        burial.add_done_callback(self._burials.discard)


def _question(source: Path, mime_type: str) -> Message:
    return {"source": str(source.absolute()), "mime_type": mime_type}


def _wanted(orders: Sequence[Order], into: Path) -> Message:
    return {"orders": [order_out(order) for order in orders], "into": str(into.absolute())}


def _believed(read: Callable[[], Told]) -> Told:
    try:
        return read()
    except (KeyError, ValueError, TypeError, OSError) as error:
        raise DecoderLost(f"The decoder talks nonsense: {error!r}.") from error
