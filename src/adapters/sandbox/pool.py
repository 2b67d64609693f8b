"""Decoder processes, lent one call at a time.

`pebble` was looked at first. Its pool answers with pickles (a decoder that a picture took over could run code in the
service), shares one pipe between all workers, hands them our environment and process group, kills no grandchildren,
and gives one result a task where we want each variant as soon as it is whole.
"""

import asyncio
import errno
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

from adapters.sandbox.limits import DecoderLimits
from adapters.sandbox.process import DecoderProcess
from adapters.sandbox.reach import keep_away
from adapters.sandbox.scratch import PREFIX, sweep
from adapters.sandbox.syscalls import hide_this_process
from application.ports.image_transformer import DecoderLost
from application.ports.measures import Measures
from domain.errors import StorageFull, Unavailable

Told = TypeVar("Told")
SWEPT_EVERY = 600.0


class DecoderPool:
    """Up to `processes` children that run an engine, named `module:Class`; they start when first needed."""

    def __init__(
        self,
        engine: str,
        processes: int,
        limits: DecoderLimits | None = None,
        *,
        scratch: Path | None = None,
        measures: Measures | None = None,
        required: bool = False,
        private: Mapping[str, Path] | None = None,
    ) -> None:
        """`scratch` is where the private folders go: on the disk of the pictures, nothing needs to be copied.

        With `required` no decoder works that the kernel does not keep in; `private` are places, by the names of their
        settings, that must not lie where decoders read.
        """
        self._required = required
        self._private = private or {}
        self._measures = measures
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
        self._sweeping: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start the first child, so that an engine that cannot be loaded stops the start."""
        await asyncio.to_thread(self.sweep)
        self._sweeping = asyncio.create_task(self._keep_sweeping())
        hide_this_process()
        self._open = True
        try:
            async with self.lease() as child:
                keep_away(child.readable, self._private)
        except BaseException:
            await self.close()
            raise

    def sweep(self) -> int:
        """Remove what decoders of services that were killed have left; say how many folders."""
        return sweep(PREFIX, self._scratch)

    async def close(self) -> None:
        """Kill every child, busy ones too, and wait until all are gone."""
        self._open = False
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.wait([self._sweeping])
        async with self._births:
            for child in tuple(self._living):
                self._bury(child)
        await asyncio.gather(*self._burials)

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[DecoderProcess]:
        """A child for one call."""
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
                if self._open and self._may_go_on(child):
                    self._idle.append(child)
                else:
                    self._replace(child)
        finally:
            self._free.release()

    async def _keep_sweeping(self) -> None:
        """Nobody else on this machine may start for long."""
        while True:
            await asyncio.sleep(SWEPT_EVERY)
            with suppress(OSError):
                await asyncio.to_thread(self.sweep)

    async def _ready_child(self) -> DecoderProcess:
        while self._idle:
            child = self._idle.pop()
            if child.alive and child.scratch.there and child.scratch.clear():
                return child
            self._replace(child)
        async with self._births:
            if not self._open:
                raise DecoderLost("The decoders are closed.")
            child = await DecoderProcess.start(self._limits, self._scratch)
            self._living.add(child)
        try:
            await child.greet(self._engine, required=self._required)
        except BaseException:
            self._replace(child)
            raise
        return child

    def _may_go_on(self, child: DecoderProcess) -> bool:
        return child.idle and child.alive and child.calls < self._limits.calls and child.scratch.clear()

    def _replace(self, child: DecoderProcess) -> None:
        if self._open and self._measures is not None:
            self._measures.decoder_ended(child.why_it_goes)
        self._bury(child)

    def _bury(self, child: DecoderProcess) -> None:
        if child not in self._living:
            return
        self._living.remove(child)
        child.kill()
        burial = asyncio.create_task(child.gone())
        self._burials.add(burial)
        burial.add_done_callback(self._burials.discard)


async def on_disk(step: Callable[[], Told]) -> Told:
    """In a thread, and to its end even when nobody waits any more: what it moves must not land after a cleaning."""
    work = asyncio.ensure_future(asyncio.to_thread(believed, step))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise


def believed(read: Callable[[], Told]) -> Told:
    """What a child told or left, or `DecoderLost` where it makes no sense."""
    try:
        return read()
    except (KeyError, ValueError, TypeError, OSError) as error:
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull("There is no room to write a variant.") from error
        told = error.strerror if isinstance(error, OSError) else repr(error)
        raise DecoderLost(f"The decoder's work cannot be used: {told}.") from error
