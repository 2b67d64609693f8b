"""Pictures decoded in processes of our own, so that no picture can take the service down.

`pebble` was looked at first. Its pool answers with pickles (a decoder that a picture took over could run code in the
service), shares one pipe between all workers, hands them our environment and process group, kills no grandchildren,
and gives one result a task where we want each variant as soon as it is whole.
"""

import asyncio
import errno
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from adapters.sandbox.limits import DecoderLimits
from adapters.sandbox.process import DecoderProcess
from adapters.sandbox.scratch import PREFIX, sweep
from adapters.sandbox.syscalls import hide_this_process
from adapters.sandbox.wire import facts_in, order_out, result_in
from application.ports.image_transformer import DecoderLost, Glimpse, NotRendered, Order, PictureFacts, Rendered
from domain.errors import StorageFull, Unavailable

Told = TypeVar("Told")
_log = logging.getLogger(__name__)


class SandboxedTransformer:
    """Runs an engine, named `module:Class`, in up to `processes` children; they start when first needed."""

    def __init__(
        self, engine: str, processes: int, limits: DecoderLimits | None = None, *, scratch: Path | None = None
    ) -> None:
        """`scratch` is where the private folders go: on the disk of the pictures, nothing needs to be copied."""
        self._engine = engine
        self._limits = limits or DecoderLimits()
        self._scratch = scratch
        self._free = asyncio.Semaphore(processes)
        self._idle: list[DecoderProcess] = []
        self._living: set[DecoderProcess] = set()
        # Nobody is born while we close: who is not yet among the living would be forgotten.
        self._births = asyncio.Lock()
        self._burials: set[asyncio.Task[None]] = set()
        self._open = False

    async def open(self) -> None:
        """Start the first child, so that an engine that cannot be loaded stops the start."""
        if self._scratch is not None:
            self._scratch.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(self.sweep)
        hide_this_process()
        self._open = True
        try:
            async with self._lease() as child:
                if not child.confined:
                    _log.warning("decoders may open any file that we may: there is no Landlock here")
        except BaseException:
            await self.close()
            raise

    def sweep(self) -> int:
        """Remove what decoders of services that were killed have left; say how many folders."""
        return sweep(PREFIX, self._scratch)

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
            await _on_disk(partial(child.scratch.lay, source))
            await child.ask({"mime_type": mime_type})
            answer = await child.hear()
            facts = _believed(partial(facts_in, answer or {}, mime_type))
            if await child.hear() is not None:
                raise DecoderLost("The decoder answered twice.")
            return facts

    async def render(
        self, source: Path, mime_type: str, orders: Sequence[Order], into: Path, *, keep_camera: bool = False
    ) -> AsyncGenerator[Glimpse | Rendered | NotRendered, None]:
        """Make every variant ordered; the child goes on with the next while the caller is busy with this one."""
        # The glimpse is awaited like an order, under a name that none can have.
        waiting: set[str | None] = {None, *(order.name for order in orders)}
        wanted = [order_out(order) for order in orders]
        async with self._lease() as child:
            await _on_disk(partial(child.scratch.lay, source))
            await child.ask({"mime_type": mime_type, "orders": wanted, "keep_camera": keep_camera})
            take = partial(child.scratch.take, into=into)
            while (answer := await child.hear()) is not None:
                result = await _on_disk(partial(result_in, answer, take))
                name = None if isinstance(result, Glimpse) else result.name
                if name not in waiting:
                    raise DecoderLost("The decoder answered what nobody had asked.")
                waiting.remove(name)
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
                    child.scratch.clear()
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
            child = await DecoderProcess.start(self._limits, self._scratch)
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


async def _on_disk(step: Callable[[], Told]) -> Told:
    """In a thread, and to its end even when nobody waits any more: what it moves must not land after a cleaning."""
    work = asyncio.ensure_future(asyncio.to_thread(_believed, step))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise


def _believed(read: Callable[[], Told]) -> Told:
    try:
        return read()
    except (KeyError, ValueError, TypeError, OSError) as error:
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull("There is no room to write a variant.") from error
        told = error.strerror if isinstance(error, OSError) else repr(error)
        raise DecoderLost(f"The decoder's work cannot be used: {told}.") from error
