"""How the queue stands, for collectors: never older than need be, and never a burden for the database."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

from application.ports.backlog import ENDED, UNFINISHED, Backlog, BacklogReads, Standing
from domain.errors import DarkroomError
from entrypoints.logs import log, log_exception

PATIENCE = 3.0
SHARE = 0.01
"""Of all time, at most so much is spent on counting: what took a second is good for the next hundred."""
LONGEST_GOOD = 300.0
AGAIN_AFTER = 1.0


class BacklogWatch:
    """The whole queue, or None while it cannot be counted."""

    def __init__(self, reads: BacklogReads) -> None:
        self._parts = {UNFINISHED: Count(reads.unfinished), ENDED: Count(reads.ended)}

    async def __call__(self) -> Backlog | None:
        """Whatever is known within the deadline."""
        told = zip(self._parts, await asyncio.gather(*(part() for part in self._parts.values())), strict=True)
        known = {states: part for states, part in told if part is not None}
        if not known:
            return None
        return Backlog([standing for part in known.values() for standing in part], frozenset().union(*known))


class Count:
    """One count, made by one at a time and left to itself when it takes too long; then the last one is told."""

    def __init__(self, count: Callable[[], Awaitable[Sequence[Standing]]]) -> None:
        self._count = count
        self._running: asyncio.Task[None] | None = None
        self._last: Sequence[Standing] | None = None
        self._good_until = self._told_until = 0.0

    async def __call__(self) -> Sequence[Standing] | None:
        """The count, or None where there is none of the last minutes."""
        if self._running is None and monotonic() >= self._good_until:
            self._running = asyncio.create_task(self._renew())
        if self._running is not None:
            await asyncio.wait([self._running], timeout=PATIENCE)
        return self._last if monotonic() < self._told_until else None

    async def _renew(self) -> None:
        began = monotonic()
        try:
            self._last = await self._count()
        except Exception as error:  # noqa: BLE001  whatever it is, the other numbers are worth showing
            self._last = None
            self._good_until = monotonic() + AGAIN_AFTER
            if isinstance(error, DarkroomError):
                log("Metrics", "cannot count the jobs", level="warning", reason=error.detail)
            else:
                log_exception("Metrics", "cannot count the jobs", error)
        else:
            ended = monotonic()
            self._good_until = ended + min((ended - began) / SHARE, LONGEST_GOOD)
            self._told_until = self._good_until + LONGEST_GOOD
        finally:
            self._running = None
