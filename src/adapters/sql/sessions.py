"""Sign-ins in SQL."""

from uuid import UUID

from sqlalchemy import insert, select, update

from adapters.sql.database import SqlDatabase
from adapters.sql.rows import fields_of, session_of
from adapters.sql.tables import sessions
from adapters.sql.transaction import Transaction
from domain.identity import Session


class SqlSessions:
    """Sign-ins, inside a unit of work."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, session: Session) -> None:
        await self._transaction.execute(insert(sessions).values(fields_of(session)))

    async def with_refresh_hash(self, refresh_hash: str) -> Session | None:
        query = select(sessions).where(sessions.c.refresh_hash == refresh_hash).with_for_update(key_share=True)
        row = (await self._transaction.execute(query)).one_or_none()
        return session_of(row) if row else None

    async def save(self, session: Session) -> None:
        changes = fields_of(session, leave=["id"])
        await self._transaction.execute(update(sessions).where(sessions.c.id == session.id).values(changes))


class SqlSessionReads:
    """Sign-ins, to look at."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def get(self, session_id: UUID) -> Session | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(sessions).where(sessions.c.id == session_id))).one_or_none()
        return session_of(row) if row else None
