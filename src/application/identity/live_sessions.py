"""Whether a session is alive, and whose it is, told from memory."""

from datetime import datetime
from uuid import UUID

from application.identity.recently import Recently
from application.ports.clock import Clock
from application.ports.sessions import SessionReads
from application.ports.signals import Signals
from application.ports.users import UserReads
from domain.identity import SESSIONS_TOPIC, User


class LiveSessions:
    """Remembers living sessions and forgets those that end.

    A signal ends one here at once; should it be lost, the session is found out within a second all the same.
    """

    def __init__(self, sessions: SessionReads, clock: Clock) -> None:
        self._sessions, self._clock = sessions, clock
        self._alive_until: Recently[datetime] = Recently(sessions.ended_since, clock)

    async def alive(self, session_id: UUID) -> bool:
        """Whether it still signs anybody in."""
        until = await self._alive_until.get(session_id)
        now = self._clock.now()
        if until is not None and now < until:
            return True
        session = await self._sessions.get(session_id)
        if session is None or not session.alive(now):
            self._alive_until.forget(session_id)
            return False
        self._alive_until.keep(session_id, session.expires_at)
        return True

    async def listen(self, signals: Signals) -> None:
        """Forget whatever other instances end, for as long as this runs."""
        async with signals.listen(SESSIONS_TOPIC) as taps:
            async for payload in taps:
                try:
                    self._alive_until.forget(UUID(payload))
                except ValueError:
                    continue


class KnownAccounts:
    """Remembers accounts until they change."""

    def __init__(self, users: UserReads, clock: Clock) -> None:
        self._users = users
        self._known: Recently[User] = Recently(users.changed_since, clock)

    async def get(self, user_id: UUID) -> User | None:
        """The account, or nothing."""
        known = await self._known.get(user_id)
        if known is not None:
            return known
        user = await self._users.get(user_id)
        if user is not None:
            self._known.keep(user_id, user)
        return user
