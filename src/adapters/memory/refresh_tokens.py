"""Refresh tokens in memory."""

from dataclasses import replace
from datetime import datetime

from adapters.memory.state import Draft
from domain.errors import AlreadyThere, ParentMissing
from domain.refreshing import RefreshToken


class MemoryRefreshTokens:
    """The chains of refresh tokens, inside a unit of work."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def add(self, token: RefreshToken) -> None:
        rows = self._draft.rows
        second = token.parent_hash is not None and await self.following(token.parent_hash) is not None
        if second or token.hash in rows.refresh_tokens:
            self._draft.refuse(AlreadyThere("this is there already"))
        if token.session_id not in rows.sessions:
            self._draft.refuse(ParentMissing("the session is gone"))
        rows.refresh_tokens[token.hash] = token

    async def get(self, token_hash: str) -> RefreshToken | None:
        return self._draft.rows.refresh_tokens.get(token_hash)

    async def following(self, token_hash: str) -> RefreshToken | None:
        tokens = self._draft.rows.refresh_tokens.values()
        return next((token for token in tokens if token.parent_hash == token_hash), None)

    async def use(self, token_hash: str, at: datetime) -> None:
        tokens = self._draft.rows.refresh_tokens
        if token_hash in tokens:
            tokens[token_hash] = replace(tokens[token_hash], used_at=at)
