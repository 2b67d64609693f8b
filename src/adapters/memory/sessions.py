"""Sign-ins in memory."""

from uuid import UUID

from adapters.memory.state import Draft, MemoryDatabase
from domain.errors import Conflict
from domain.identity import Session


class MemorySessions:
    """Sign-ins, inside a unit of work."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def add(self, session: Session) -> None:
        rows = self._draft.rows
        if session.user_id not in rows.users:
            self._draft.refuse(Conflict("the user is gone"))
        if session.id in rows.sessions or await self.with_refresh_hash(session.refresh_hash):
            self._draft.refuse(Conflict("this is there already"))
        rows.sessions[session.id] = session

    async def with_refresh_hash(self, refresh_hash: str) -> Session | None:
        sessions = self._draft.rows.sessions.values()
        return next((session for session in sessions if session.refresh_hash == refresh_hash), None)

    async def save(self, session: Session) -> None:
        if session.id in self._draft.rows.sessions:
            self._draft.rows.sessions[session.id] = session


class MemorySessionReads:
    """Sign-ins, to look at."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, session_id: UUID) -> Session | None:
        return self._database.rows.sessions.get(session_id)
