"""One look at the log for everybody in this process who follows it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID

from application.ports.events import EventLog
from application.ports.signals import Signals
from domain.access import EVERYTHING
from domain.errors import Outage
from domain.events import EventKind, Position
from domain.jobs import JOBS_TOPIC

LOOKED_EVERY = 1.0
SHORTEST_PAUSE = 0.1  # signals come in crowds, and one look answers all of them
AT_ONCE = 500

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Follower:
    """Somebody who wants to know of news, of one project or of any."""

    project_id: UUID | None
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Pulse:
    """Tells followers that there may be something for them to read.

    Looks at the log once a second, and at once when a signal says so, however many follow; never while nobody does.
    """

    def __init__(self, log: EventLog, signals: Signals) -> None:
        self._log, self._signals = log, signals
        self._followers: set[Follower] = set()
        self._beating: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def felt(self, project_id: UUID | None) -> AsyncIterator[asyncio.Event]:
        """Set whenever there is news about jobs of the project, or of any; what was written before is not told."""
        position, follower = await self._log.end(), Follower(project_id)
        self._followers.add(follower)
        if self._beating is None:
            self._beating = asyncio.create_task(self._beat(position))
        try:
            yield follower.news
        finally:
            self._followers.discard(follower)
            if not self._followers and self._beating is not None:
                self._beating.cancel()
                self._beating = None

    async def _beat(self, position: Position) -> None:
        tapped = asyncio.Event()
        async with asyncio.TaskGroup() as both:
            both.create_task(self._hear(tapped))
            both.create_task(self._look(position, tapped))

    async def _hear(self, tapped: asyncio.Event) -> None:
        async with self._signals.listen(JOBS_TOPIC) as taps:
            async for _ in taps:
                tapped.set()

    async def _look(self, position: Position, tapped: asyncio.Event) -> None:
        while True:
            tapped.clear()
            try:
                position = await self._told(position)
            except Outage:
                pass  # those who follow are told as soon as the database is back
            except Exception:  # noqa: BLE001  those who follow rely on the next look
                _log.exception("could not look for news about jobs")
            await asyncio.sleep(SHORTEST_PAUSE)
            await set_within(tapped, LOOKED_EVERY - SHORTEST_PAUSE)

    async def _told(self, position: Position) -> Position:
        """Wake those whom it concerns; where the log has been read to."""
        while found := await self._log.after(EVERYTHING, position, limit=AT_ONCE, kind=EventKind.JOB_UPDATE):
            touched = {logged.event.project_id for logged in found}
            for follower in self._followers:
                if follower.project_id is None or follower.project_id in touched:
                    follower.news.set()
            position = found[-1].position
            if len(found) < AT_ONCE:
                break
        return position


async def set_within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for it, but not for long; whether it came."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
