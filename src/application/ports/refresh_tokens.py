"""Port: refresh tokens, each known by its hash only."""

from datetime import datetime
from typing import Protocol

from domain.refreshing import RefreshToken


class RefreshTokens(Protocol):
    """The chains of refresh tokens, inside a unit of work."""

    async def add(self, token: RefreshToken) -> None:
        """Keep a new token."""
        ...

    async def get(self, token_hash: str) -> RefreshToken | None:
        """The token, with its whole session held against other units until this one ends; or nothing."""
        ...

    async def following(self, token_hash: str) -> RefreshToken | None:
        """The token this one was exchanged for, or nothing."""
        ...

    async def use(self, token_hash: str, at: datetime) -> None:
        """Note that it was exchanged."""
        ...
