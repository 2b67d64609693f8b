"""The log of what happened, followed in SQL.

PostgreSQL numbers events when they are written, and shows them when their transaction commits: one that takes long
would bring forth numbers that a follower has passed already. So the order is that of the transactions, and nothing is
told as long as an older transaction is still under way. SQLite has one writer at a time, and every `xid` is 0.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import BigInteger, func, literal, literal_column, select, tuple_

from adapters.sql.database import SqlDatabase
from adapters.sql.rows import logged_of
from adapters.sql.scopes import within
from adapters.sql.tables import events
from domain.access import Scope
from domain.events import LoggedEvent, Position

_LAST_NUMBER = 2**63 - 1
_OLDEST_UNDER_WAY = literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint", BigInteger())


class SqlEventLog:
    """Events as they come, for whoever follows them."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def end(self) -> Position:
        sqlite, last = self._database.is_sqlite, func.coalesce(func.max(events.c.id), 0)
        async with self._database.reading() as connection:
            found = (await connection.execute(select(last if sqlite else _OLDEST_UNDER_WAY))).scalar_one()
        return Position(0, found) if sqlite else Position(found - 1, _LAST_NUMBER)

    async def after(
        self, scope: Scope, position: Position, *, limit: int, project_id: UUID | None = None, kind: str | None = None
    ) -> Sequence[LoggedEvent]:
        passed = tuple_(literal(position.transaction, BigInteger()), literal(position.number, BigInteger()))
        query = within(select(events), events.c.project_id, scope).where(tuple_(events.c.xid, events.c.id) > passed)
        if not self._database.is_sqlite:
            query = query.where(events.c.xid < _OLDEST_UNDER_WAY)
        if project_id is not None:
            query = query.where(events.c.project_id == project_id)
        if kind is not None:
            query = query.where(events.c.kind == kind)
        async with self._database.reading() as connection:
            rows = await connection.execute(query.order_by(events.c.xid, events.c.id).limit(limit))
            return [logged_of(row) for row in rows]
