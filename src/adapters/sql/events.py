"""The log of what happened in SQL."""

from uuid import UUID

from sqlalchemy import insert, select

from adapters.sql.database import SqlDatabase
from adapters.sql.rows import event_of, event_row
from adapters.sql.tables import events
from adapters.sql.transaction import Transaction
from domain.events import Event


class SqlEvents:
    """Events, written in the unit of work that makes them true."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, event: Event) -> None:
        await self._transaction.execute(insert(events).values(event_row(event)))


class SqlEventReads:
    """Events, to look at."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def of_file(self, file_id: UUID) -> list[Event]:
        query = select(events).where(events.c.file_id == file_id).order_by(events.c.id)
        async with self._database.reading() as connection:
            return [event_of(row) for row in await connection.execute(query)]
