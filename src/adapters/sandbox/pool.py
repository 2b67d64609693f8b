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
from uuid import UUID

from adapters.sandbox.fork_server import ForkServer
from adapters.sandbox.limits import DecoderLimits
from adapters.sandbox.process import DecoderProcess
from adapters.sandbox.reach import keep_away
from adapters.sandbox.scratch import PREFIX, sweep
from adapters.sandbox.syscalls import hide_this_process
from application.ports.image_transformer import DecoderLost, DecoderMisbehaved
from application.ports.measures import DecoderEnd, Measures
from domain.errors import StorageFull, Unavailable

Told = TypeVar("Told")
SWEPT_EVERY = 600.0
GOODBYE_SECONDS = 1.0


class DecoderPool:
    """Up to `processes` children that run an engine, named `module:Class`; they start when first needed.

    None of them works for two owners, nor for a second call where no owner is named.
    """

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
        self._processes = processes
        self._fork_server: ForkServer | None = None
        # None starts while we close: one that is not listed yet would be forgotten.
        self._starting = asyncio.Lock()
        self._endings: set[asyncio.Task[None]] = set()
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
        async with self._starting:
            for child in tuple(self._living):
                self._end(child)
        if self._endings:
            await asyncio.wait(self._endings, timeout=GOODBYE_SECONDS)
        if self._fork_server is not None:
            # Whoever waits for it to tell how a decoder ended, waits no longer.
            self._fork_server.kill()
        await asyncio.gather(*self._endings)
        if self._fork_server is not None:
            await self._fork_server.close()
            self._fork_server = None

    @asynccontextmanager
    async def lease(self, owner: UUID | None = None) -> AsyncIterator[DecoderProcess]:
        """A child for one call on a file of this owner."""
        try:
            async with asyncio.timeout(self._limits.wait_seconds):
                await self._free.acquire()
        except TimeoutError as error:
            raise Unavailable("Every decoder is busy.") from error
        try:
            child = await self._ready_child(owner)
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

    async def _ready_child(self, owner: UUID | None) -> DecoderProcess:
        for child in [each for each in reversed(self._idle) if each.unused or each.owner == owner]:
            self._idle.remove(child)
            child.owner = owner
            if child.alive and child.scratch.there and child.scratch.clear():
                return child
            self._replace(child)
        async with self._starting:
            if not self._open:
                raise DecoderLost("The decoders are closed.")
            # Whoever has waited longest for another picture of its owner makes room.
            while self._idle and len(self._living) >= self._processes:
                self._replace(self._idle.pop(0))
            starting = asyncio.ensure_future(self._start(owner))
            try:
                child = await asyncio.shield(starting)
            except asyncio.CancelledError:
                # One that nobody knows would be collected by nobody.
                self._living.add(child := await starting)
                self._end(child)
                raise
            self._living.add(child)
        try:
            await child.greet()
        except BaseException:
            self._replace(child)
            raise
        return child

    async def _start(self, owner: UUID | None) -> DecoderProcess:
        fork_server = await self._running_fork_server()
        terms = (self._limits, self._scratch, owner)
        try:
            return await DecoderProcess.start(fork_server, *terms, required=self._required)
        except DecoderLost:
            if fork_server.alive:
                raise
            return await DecoderProcess.start(await self._running_fork_server(), *terms, required=self._required)

    async def _running_fork_server(self) -> ForkServer:
        if self._fork_server is not None and not self._fork_server.alive:
            await self._fork_server.close()
            self._fork_server = None
        if self._fork_server is None:
            self._fork_server = await ForkServer.start(self._engine, self._limits)
        return self._fork_server

    def _may_go_on(self, child: DecoderProcess) -> bool:
        if not (child.idle and child.alive and child.calls < self._limits.calls):
            return False
        # A stranger's thread must not make files while we remove them.
        child.rest()
        return (child.unused or child.owner is not None) and child.scratch.clear()

    def _replace(self, child: DecoderProcess) -> None:
        self._end(child, counted=self._open)

    def _end(self, child: DecoderProcess, *, counted: bool = False) -> None:
        if child not in self._living:
            return
        self._living.remove(child)
        why = child.why_it_goes
        child.kill()
        if counted and why is not None:
            self._count(why)
        ending = asyncio.create_task(self._ended(child, counted=counted and why is None))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    async def _ended(self, child: DecoderProcess, *, counted: bool) -> None:
        by_itself = await child.gone()
        if counted:
            self._count(by_itself)

    def _count(self, why: DecoderEnd) -> None:
        if self._measures is not None:
            self._measures.decoder_ended(why)


async def on_disk(step: Callable[[], Told]) -> Told:
    """In a thread, and to its end even when nobody waits any more: what it moves must not land after a cleaning."""
    work = asyncio.ensure_future(asyncio.to_thread(believed, step))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise


def believed(read: Callable[[], Told]) -> Told:
    """What a child told or left; `DecoderMisbehaved` where it makes no sense, `DecoderLost` where a disk refuses."""
    try:
        return read()
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull("There is no room to write a variant.") from error
        raise DecoderLost(f"The decoder's work cannot be used: {error.strerror}.") from error
    except (LookupError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise DecoderMisbehaved(f"The decoder's work cannot be used: {repr(error)[:200]}.") from error
