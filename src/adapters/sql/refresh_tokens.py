"""Refresh tokens in SQL."""

from datetime import datetime

from sqlalchemy import ColumnElement, insert, select, update

from adapters.sql.rows import fields_of, refresh_token_of
from adapters.sql.tables import refresh_tokens, sessions, users
from adapters.sql.transaction import Transaction
from domain.refreshing import RefreshToken


class SqlRefreshTokens:
    """The chains of refresh tokens, inside a unit of work."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, token: RefreshToken) -> None:
        await self._transaction.execute(insert(refresh_tokens).values(fields_of(token)))

    async def get(self, token_hash: str) -> RefreshToken | None:
        # Statement by statement: one that had to wait would still see the tokens of before. And the account first, as
        # whoever ends all its sessions does, or the two could wait for each other.
        its_session = select(refresh_tokens.c.session_id).where(refresh_tokens.c.hash == token_hash).scalar_subquery()
        its_user = select(sessions.c.user_id).where(sessions.c.id == its_session).scalar_subquery()
        for row, known in ((users.c.id, its_user), (sessions.c.id, its_session)):
            await self._transaction.execute(select(row).where(row == known).with_for_update(key_share=True))
        return await self._one(refresh_tokens.c.hash == token_hash)

    async def following(self, token_hash: str) -> RefreshToken | None:
        return await self._one(refresh_tokens.c.parent_hash == token_hash)

    async def use(self, token_hash: str, at: datetime) -> None:
        await self._transaction.execute(
            update(refresh_tokens).where(refresh_tokens.c.hash == token_hash).values(used_at=at)
        )

    async def _one(self, which: ColumnElement[bool]) -> RefreshToken | None:
        row = (await self._transaction.execute(select(refresh_tokens).where(which))).one_or_none()
        return refresh_token_of(row) if row else None
