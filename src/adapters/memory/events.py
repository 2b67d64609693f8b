"""The log of what happened in memory."""

from dataclasses import replace
from uuid import UUID

from adapters.memory.state import Draft, MemoryDatabase, plain
from domain.events import Event


class MemoryEvents:
    """Events, written in the unit of work that makes them true."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def add(self, event: Event) -> None:
        self._draft.rows.events.append(replace(event, data=plain(dict(event.data))))


class MemoryEventReads:
    """Events, to look at."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def of_file(self, file_id: UUID) -> list[Event]:
        return [event for event in self._database.rows.events if event.file_id == file_id]
