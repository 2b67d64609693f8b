"""Port: the log of what happened."""

from typing import Protocol
from uuid import UUID

from domain.events import Event


class Events(Protocol):
    """Events, written in the unit of work that makes them true."""

    async def add(self, event: Event) -> None:
        """Note that something happened."""
        ...


class EventReads(Protocol):
    """Events, to look at."""

    async def of_file(self, file_id: UUID) -> list[Event]:
        """What happened to a file, in the order it was written."""
        ...
