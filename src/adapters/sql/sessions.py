"""Sign-ins in SQL."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, literal, select, update

from adapters.sql.database import SqlDatabase
from adapters.sql.rows import fields_of, session_of
from adapters.sql.tables import refresh_tokens, sessions
from adapters.sql.transaction import Transaction
from adapters.sql.types import UtcDateTime
from domain.identity import Session


class SqlSessions:
    """Sign-ins, inside a unit of work."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, session: Session) -> None:
        await self._transaction.execute(insert(sessions).values(fields_of(session)))

    async def get(self, session_id: UUID) -> Session | None:
        query = select(sessions).where(sessions.c.id == session_id).with_for_update(key_share=True)
        row = (await self._transaction.execute(query)).one_or_none()
        return session_of(row) if row else None

    async def save(self, session: Session) -> None:
        changes = fields_of(session, leave=["id"])
        changes["revoked_at"] = func.coalesce(sessions.c.revoked_at, literal(session.revoked_at, UtcDateTime()))
        await self._transaction.execute(update(sessions).where(sessions.c.id == session.id).values(changes))

    async def revoke(self, session_id: UUID, at: datetime) -> bool:
        living = (sessions.c.id == session_id, sessions.c.revoked_at.is_(None))
        ended = await self._transaction.execute(update(sessions).where(*living).values(revoked_at=at))
        return ended.rowcount == 1

    async def revoke_all(self, user_id: UUID, at: datetime, but: UUID | None = None) -> Sequence[UUID]:
        living = select(sessions.c.id).where(sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None))
        if but is not None:
            living = living.where(sessions.c.id != but)
        # In one order everywhere, or two units could wait for each other's sessions.
        held = living.order_by(sessions.c.id).with_for_update(key_share=True)
        ending = update(sessions).where(sessions.c.id.in_(held)).values(revoked_at=at).returning(sessions.c.id)
        return (await self._transaction.execute(ending)).scalars().all()


class SqlSessionReads:
    """Sign-ins, to look at."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def get(self, session_id: UUID) -> Session | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(sessions).where(sessions.c.id == session_id))).one_or_none()
        return session_of(row) if row else None

    async def refreshed_by(self, token_hash: str) -> Session | None:
        token = refresh_tokens.c.hash == token_hash
        query = select(sessions).join(refresh_tokens, refresh_tokens.c.session_id == sessions.c.id).where(token)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return session_of(row) if row else None

    async def of_user(self, user_id: UUID, now: datetime) -> Sequence[Session]:
        c = sessions.c
        living = select(sessions).where(c.user_id == user_id, c.revoked_at.is_(None), c.expires_at > now)
        async with self._database.reading() as connection:
            rows = await connection.execute(living.order_by(c.last_used_at.desc(), c.id.desc()))
            return [session_of(row) for row in rows]

    async def ended_since(self, moment: datetime) -> Sequence[UUID]:
        ended = select(sessions.c.id).where(sessions.c.revoked_at >= moment)
        async with self._database.reading() as connection:
            return (await connection.execute(ended)).scalars().all()
