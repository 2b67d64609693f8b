"""The log of what happened in memory."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from uuid import UUID

from adapters.memory.projects import shown
from adapters.memory.state import Draft, MemoryDatabase, Rows, plain
from application.ports.events import LONGEST_STORY
from domain.access import Scope
from domain.events import Event, LoggedEvent, Position


class MemoryEvents:
    """Events, written in the unit of work that makes them true."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def add(self, *events: Event) -> None:
        rows = self._draft.rows
        for event in events:
            rows.last_event += 1
            rows.log[rows.last_event] = replace(event, data=plain(dict(event.data)))


class MemoryEventReads:
    """Events, to look at."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def of_file(self, scope: Scope, file_id: UUID) -> Sequence[Event]:
        return self._those(scope, lambda event: event.file_id == file_id)

    async def of_job(self, scope: Scope, job_id: UUID) -> Sequence[Event]:
        return self._those(scope, lambda event: event.job_id == job_id)

    def _those(self, scope: Scope, wanted: Callable[[Event], bool]) -> Sequence[Event]:
        rows = self._database.rows
        told = [event for event in rows.log.values() if wanted(event) and _told(rows, scope, event)]
        return told[-LONGEST_STORY:]


class MemoryEventLog:
    """Events as they come: one writer at a time, so their numbers follow the commits."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def end(self) -> Position:
        return Position(0, self._database.rows.last_event)

    async def after(
        self, scope: Scope, position: Position, *, limit: int, project_id: UUID | None = None, kind: str | None = None
    ) -> Sequence[LoggedEvent]:
        rows = self._database.rows
        behind = ((Position(0, number), event) for number, event in rows.log.items())
        wanted = (
            LoggedEvent(place, event)
            for place, event in behind
            if place > position
            and project_id in {None, event.project_id}
            and kind in {None, event.kind}
            and _told(rows, scope, event)
        )
        return list(islice(wanted, limit))


def _told(rows: Rows, scope: Scope, event: Event) -> bool:
    return scope.everything or (event.project_id is not None and shown(rows, scope, event.project_id) is not None)
