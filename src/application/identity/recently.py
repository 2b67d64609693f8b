"""Facts remembered for as long as nobody has changed them, on whichever instance, and by news at most a second old."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from application.ports.clock import Clock

FRESH_FOR = timedelta(milliseconds=800)
# Clocks of instances differ, and a long transaction shows late what it did early.
LOOKED_BACK = timedelta(minutes=2)
MOST_KNOWN = 50_000

T = TypeVar("T")

ChangedSince = Callable[[datetime], Awaitable[Sequence[UUID]]]


class Recently(Generic[T]):
    """Remembers by id, and counts only while the list of what changed lately is fresh.

    One query brings that list up to date, for all requests of the next moment: no request needs one of its own.
    """

    def __init__(self, changed_since: ChangedSince, clock: Clock) -> None:
        self._changed_since, self._clock = changed_since, clock
        self._known: OrderedDict[UUID, T] = OrderedDict()
        self._looked_at: datetime | None = None
        self._looking: asyncio.Task[None] | None = None

    async def get(self, key: UUID) -> T | None:
        """What is known and still true, or nothing."""
        if not self._is_fresh():
            await self._looked()
        return self._known.get(key)

    def keep(self, key: UUID, fact: T) -> None:
        """Remember."""
        self._known[key] = fact
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)

    def forget(self, key: UUID) -> None:
        """It has changed."""
        self._known.pop(key, None)

    async def _looked(self) -> None:
        """All who wait share one look, and its failure: a dead database is not asked once for each of them."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        await asyncio.shield(self._looking)

    async def _look(self) -> None:
        now = self._clock.now()
        for key in await self._changed_since((self._looked_at or now) - LOOKED_BACK):
            self.forget(key)
        self._looked_at = now

    def _is_fresh(self) -> bool:
        return self._looked_at is not None and self._clock.now() - self._looked_at < FRESH_FOR
