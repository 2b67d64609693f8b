"""Sign-ins in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from adapters.memory.state import Draft, MemoryDatabase
from domain.errors import AlreadyThere
from domain.identity import Session


class MemorySessions:
    """Sign-ins, inside a unit of work."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def add(self, session: Session) -> None:
        if session.id in self._draft.rows.sessions:
            self._draft.refuse(AlreadyThere("this is there already"))
        self._draft.rows.sessions[session.id] = session

    async def get(self, session_id: UUID) -> Session | None:
        return self._draft.rows.sessions.get(session_id)

    async def save(self, session: Session) -> None:
        kept = self._draft.rows.sessions.get(session.id)
        if kept:
            ended = kept.revoked_at or session.revoked_at
            self._draft.rows.sessions[session.id] = replace(session, revoked_at=ended)

    async def revoke(self, session_id: UUID, at: datetime) -> bool:
        kept = self._draft.rows.sessions.get(session_id)
        if kept is None or kept.revoked_at:
            return False
        self._draft.rows.sessions[session_id] = replace(kept, revoked_at=at)
        return True

    async def revoke_all(self, user_id: UUID, at: datetime, but: UUID | None = None) -> Sequence[UUID]:
        theirs = [session.id for session in self._draft.rows.sessions.values() if session.user_id == user_id]
        return [session_id for session_id in theirs if session_id != but and await self.revoke(session_id, at)]


class MemorySessionReads:
    """Sign-ins, to look at."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, session_id: UUID) -> Session | None:
        return self._database.rows.sessions.get(session_id)

    async def refreshed_by(self, token_hash: str) -> Session | None:
        rows = self._database.rows
        token = rows.refresh_tokens.get(token_hash)
        return rows.sessions.get(token.session_id) if token else None

    async def of_user(self, user_id: UUID, now: datetime) -> Sequence[Session]:
        sessions = self._database.rows.sessions.values()
        living = (session for session in sessions if session.user_id == user_id and session.alive(now))
        return sorted(living, key=lambda session: (session.last_used_at, session.id), reverse=True)

    async def ended_since(self, moment: datetime) -> Sequence[UUID]:
        sessions = self._database.rows.sessions.values()
        return [session.id for session in sessions if session.revoked_at and session.revoked_at >= moment]
