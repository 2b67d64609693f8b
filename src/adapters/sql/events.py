"""The log of what happened in SQL."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select

from adapters.sql.database import SqlDatabase
from adapters.sql.rows import event_of, event_row
from adapters.sql.scopes import within
from adapters.sql.tables import events
from adapters.sql.transaction import Transaction
from application.ports.events import LONGEST_STORY
from domain.access import Scope
from domain.events import Event

_NEW = insert(events)


class SqlEvents:
    """Events, written in the unit of work that makes them true."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, *told: Event) -> None:
        if told:
            rows = [event_row(event) for event in told]
            await self._transaction.execute(_NEW, rows if len(rows) > 1 else rows[0])


class SqlEventReads:
    """Events, to look at."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def of_file(self, scope: Scope, file_id: UUID) -> Sequence[Event]:
        return await self._those(scope, events.c.file_id == file_id)

    async def of_job(self, scope: Scope, job_id: UUID) -> Sequence[Event]:
        return await self._those(scope, events.c.job_id == job_id)

    async def _those(self, scope: Scope, wanted: ColumnElement[bool]) -> Sequence[Event]:
        query = within(select(events), events.c.project_id, scope).where(wanted).order_by(events.c.id.desc())
        async with self._database.reading() as connection:
            latest_first = (await connection.execute(query.limit(LONGEST_STORY))).all()
        return [event_of(row) for row in reversed(latest_first)]
