"""Port: sign-ins."""

from typing import Protocol
from uuid import UUID

from domain.identity import Session


class Sessions(Protocol):
    """Sign-ins, inside a unit of work."""

    async def add(self, session: Session) -> None:
        """Keep a new session."""
        ...

    async def with_refresh_hash(self, refresh_hash: str) -> Session | None:
        """The session whose current refresh token has this hash, held against other units until this one ends."""
        ...

    async def save(self, session: Session) -> None:
        """Replace what is kept of a session."""
        ...


class SessionReads(Protocol):
    """Sign-ins, to look at."""

    async def get(self, session_id: UUID) -> Session | None:
        """The session, or nothing."""
        ...
