"""Port: the log of what happened."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.access import Scope
from domain.events import Event, LoggedEvent, Position


class Events(Protocol):
    """Events, written in the unit of work that makes them true."""

    async def add(self, *events: Event) -> None:
        """Note what happened, in this order."""
        ...


LONGEST_STORY = 1_000
"""How many events of one file or job are told at most."""


class EventReads(Protocol):
    """Events, to look at; what happened outlives the files and jobs it happened to.

    Of a long story the latest events are told, no more than `LONGEST_STORY`.
    """

    async def of_file(self, scope: Scope, file_id: UUID) -> Sequence[Event]:
        """What happened to a file, in the order it was written."""
        ...

    async def of_job(self, scope: Scope, job_id: UUID) -> Sequence[Event]:
        """What happened to a job, in the order it was written."""
        ...


class EventLog(Protocol):
    """Events as they come, for whoever follows them: each is seen, and none twice, however long its unit took."""

    async def end(self) -> Position:
        """Behind everything that is settled at this moment."""
        ...

    async def after(
        self, scope: Scope, position: Position, *, limit: int, project_id: UUID | None = None, kind: str | None = None
    ) -> Sequence[LoggedEvent]:
        """What is settled behind a position, in order."""
        ...
