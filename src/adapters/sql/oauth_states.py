"""Sign-ins on their way, in SQL."""

from datetime import datetime

from sqlalchemy import delete, insert

from adapters.sql.database import SqlDatabase
from adapters.sql.rows import fields_of
from adapters.sql.tables import oauth_states
from domain.oauth import PendingSignIn


class SqlOAuthStates:
    """Sign-ins that were begun, each to be taken once."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def add(self, pending: PendingSignIn, now: datetime) -> None:
        async with self._database.single() as connection:
            await connection.execute(delete(oauth_states).where(oauth_states.c.expires_at <= now))
            await connection.execute(insert(oauth_states).values(fields_of(pending)))

    async def take(self, state_hash: str) -> PendingSignIn | None:
        # One statement: of all who ask at once, a single one finds the row still there.
        taking = delete(oauth_states).where(oauth_states.c.state_hash == state_hash).returning(oauth_states)
        async with self._database.single() as connection:
            row = (await connection.execute(taking)).one_or_none()
        return PendingSignIn(**row._mapping) if row else None
