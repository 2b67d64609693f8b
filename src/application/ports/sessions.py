"""Port: sign-ins."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.identity import Session


class Sessions(Protocol):
    """Sign-ins, inside a unit of work."""

    async def add(self, session: Session) -> None:
        """Keep a new session."""
        ...

    async def get(self, session_id: UUID) -> Session | None:
        """The session, held against other units until this one ends; or nothing."""
        ...

    async def save(self, session: Session) -> None:
        """Replace what is kept of a session; one that was revoked stays revoked."""
        ...

    async def revoke(self, session_id: UUID, at: datetime) -> bool:
        """End it; whether it was there and had not been ended before."""
        ...

    async def revoke_all(self, user_id: UUID, at: datetime, but: UUID | None = None) -> Sequence[UUID]:
        """End all of somebody's sessions that had not been, perhaps but one; which those were."""
        ...


class SessionReads(Protocol):
    """Sign-ins, to look at."""

    async def get(self, session_id: UUID) -> Session | None:
        """The session, or nothing."""
        ...

    async def refreshed_by(self, token_hash: str) -> Session | None:
        """The session that a refresh token, used or not, belongs to; or nothing."""
        ...

    async def of_user(self, user_id: UUID, now: datetime) -> Sequence[Session]:
        """Somebody's living sessions, the last used first."""
        ...

    async def ended_since(self, moment: datetime) -> Sequence[UUID]:
        """The sessions revoked at that moment or later, those of removed accounts included."""
        ...
