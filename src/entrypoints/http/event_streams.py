"""Server-sent events: answers that go on for as long as their reader stays and is signed in."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeVar
from uuid import UUID

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from application.identity.live_sessions import LiveSessions
from application.jobs.follow_events import FollowEvents, JobUpdate
from application.ports.clock import Clock
from domain.access import UserCaller, scope_of
from domain.errors import Outage, TooMany
from domain.events import Position
from entrypoints.http.routes.health import Readiness
from entrypoints.http.schemas.jobs import JobBody, event_id

EVENT_STREAM = "text/event-stream"
STREAMS_EACH = 20
STREAMS_FROM_ONE_ADDRESS = 250
STREAMS_IN_ALL = 1_000
HEARTBEAT = 15.0  # proxies take a line that says nothing for longer than a minute or so for dead
TAKEN_WITHIN = 10.0  # who does not read for so long is let go, and can come back for the rest
COME_BACK_AFTER = 3.0
BEAT = b":\n\n"
_LARGEST = (1 << 63) - 1

Key = TypeVar("Key")


class TooManyStreams(TooMany):
    """Somebody has more streams open than any page needs."""

    code = "too_many_streams"


@dataclass(frozen=True, slots=True)
class EventStreams:
    """Makes streams, a bounded number of them, and ends them when the service stops."""

    follow: FollowEvents
    live_sessions: LiveSessions
    readiness: Readiness
    clock: Clock
    heartbeat: float = HEARTBEAT
    taken_within: float = TAKEN_WITHIN
    each: int = STREAMS_EACH
    from_one_address: int = STREAMS_FROM_ONE_ADDRESS
    in_all: int = STREAMS_IN_ALL
    open: Counter[UUID] = field(default_factory=Counter)
    open_from: Counter[str] = field(default_factory=Counter)

    def answer(self, caller: UserCaller, last_event_id: str | None, *, project_id: UUID | None = None) -> Response:
        """What becomes of the jobs the caller may see, from behind the last event they were told."""
        return EventStream(self, caller, position_of(last_event_id), project_id)

    @contextmanager
    def place_for(self, user_id: UUID, address: str) -> Iterator[None]:
        """Count a stream for as long as it is open; many accounts at one address do not get all there are."""
        if self.open[user_id] >= self.each:
            raise TooManyStreams(f"you have {self.each} streams open; close one first", retry_after=COME_BACK_AFTER)
        if self.open_from[address] >= self.from_one_address:
            raise TooManyStreams("too many streams are open from your address", retry_after=HEARTBEAT)
        if self.open.total() >= self.in_all:
            raise TooManyStreams("too many streams are open here; try again later", retry_after=HEARTBEAT)
        self.open[user_id] += 1
        self.open_from[address] += 1
        try:
            yield
        finally:
            _less(self.open, user_id)
            _less(self.open_from, address)

    async def may_go_on(self, caller: UserCaller) -> bool:
        """Whether the service goes on and the caller is still signed in; a database that is away is waited for."""
        while not self.readiness.draining:
            with suppress(Outage):
                return caller.session_id is not None and await self.live_sessions.alive(caller.session_id)
            await asyncio.sleep(1)
        return False


def _less(counted: Counter[Key], key: Key) -> None:
    counted[key] -= 1
    if not counted[key]:
        del counted[key]


class EventStream(Response):
    """One stream."""

    media_type = EVENT_STREAM

    def __init__(
        self, streams: EventStreams, caller: UserCaller, told: Position | None, project_id: UUID | None
    ) -> None:
        # Proxies that collect answers before they pass them on would make this one useless.
        super().__init__(headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"})
        del self.headers["content-length"]
        self._streams, self._caller, self._told, self._project_id = streams, caller, told, project_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell until the reader leaves, must leave, or the service stops."""
        client = scope.get("client")
        with self._streams.place_for(self._caller.user_id, client[0] if client else ""):
            position = await self._streams.follow.beginning(self._told)
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            telling = asyncio.ensure_future(self._tell(position, send))
            leaving = asyncio.ensure_future(_left(receive))
            try:
                await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
                ended = telling.done()
            finally:
                telling.cancel()
                leaving.cancel()
                await asyncio.wait({telling, leaving})
            if ended:
                telling.result()
            await send({"type": "http.response.body", "body": b""})

    async def _tell(self, position: Position, send: Send) -> None:
        await self._say(_opening(position), send)
        said_at = monotonic()
        async with aclosing(self._batches(position)) as batches:
            async for updates in batches:
                if not await self._streams.may_go_on(self._caller):
                    return
                if updates or monotonic() - said_at >= self._streams.heartbeat:
                    await self._say(self._written(updates) or BEAT, send)
                    said_at = monotonic()

    def _batches(self, position: Position) -> AsyncGenerator[Sequence[JobUpdate], None]:
        return self._streams.follow(scope_of(self._caller), position, project_id=self._project_id)

    def _written(self, updates: Sequence[JobUpdate]) -> bytes:
        now = self._streams.clock.now()
        return b"".join(
            b"event: job_update\nid: %b\ndata: %b\n\n"
            % (event_id(each.position).encode(), JobBody.of(each.job, now).model_dump_json().encode())
            for each in updates
        )

    async def _say(self, text: bytes, send: Send) -> None:
        try:
            async with asyncio.timeout(self._streams.taken_within):
                await send({"type": "http.response.body", "body": text, "more_body": True})
        except TimeoutError:
            raise ClientDisconnect from None


def position_of(last_event_id: str | None) -> Position | None:
    """The place in the log that an id names; None for what is no id of ours."""
    found = re.fullmatch(r"([0-9]{1,19})-([0-9]{1,19})", last_event_id or "")
    if found is None:
        return None
    transaction, number = int(found[1]), int(found[2])
    return Position(transaction, number) if max(transaction, number) <= _LARGEST else None


def _opening(position: Position) -> bytes:
    """When to come back and with what, so that who is cut off before the first event misses none."""
    return b"retry: %d\nid: %b\n\n" % (COME_BACK_AFTER * 1000, event_id(position).encode())


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
