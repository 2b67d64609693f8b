"""Staying signed in."""

from dataclasses import dataclass
from datetime import datetime

from application.identity.end_sessions import EndSessions
from application.identity.open_session import TokenLifetimes, Tokens, claims_of
from application.identity.succession import Succession
from application.ports.access_tokens import AccessTokens
from application.ports.clock import Clock
from application.ports.unit_of_work import Store, UnitOfWork
from domain.audit import AuditAction, Origin
from domain.errors import NotSignedIn
from domain.identity import Session, User, hash_secret
from domain.refreshing import RefreshToken, Verdict, judge, successor_of


class SessionEnded(NotSignedIn):
    """This refresh token signs nobody in (any more)."""

    code = "session_ended"


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """Exchange a refresh token for new tokens; showing a token of the past ends its whole session."""

    store: Store
    access_tokens: AccessTokens
    succession: Succession
    end_sessions: EndSessions
    clock: Clock
    lifetimes: TokenLifetimes

    async def __call__(self, refresh_token: str, origin: Origin) -> Tokens:
        successor, now = successor_of(refresh_token, await self.succession.key()), self.clock.now()
        async with self.store.begin() as unit:
            shown = await unit.refresh_tokens.get(hash_secret(refresh_token))
            if shown is None:
                raise SessionEnded("sign in again")
            session, user = await self._alive(unit, shown, now)
            verdict = await self._judged(unit, shown, now)
            if verdict is Verdict.ROTATE:
                session = session.prolonged(now, self.lifetimes.refresh, self.lifetimes.session)
                await unit.sessions.save(session)
                await unit.refresh_tokens.use(shown.hash, now)
                await unit.refresh_tokens.add(RefreshToken(hash_secret(successor), session.id, now, shown.hash))
                await unit.commit()
        if verdict is Verdict.REUSE:
            await self.end_sessions.one(session, origin, AuditAction.REFRESH_REUSED)
            raise SessionEnded("this refresh token was used before; the session is ended, sign in again")
        access = await self.access_tokens.issue(claims_of(user, session, now + self.lifetimes.access))
        return Tokens(access, successor, int(self.lifetimes.access.total_seconds()))

    async def _judged(self, unit: UnitOfWork, shown: RefreshToken, now: datetime) -> Verdict:
        successor = await unit.refresh_tokens.following(shown.hash)
        the_one_after = await unit.refresh_tokens.following(successor.hash) if successor else None
        return judge(shown, successor, the_one_after, now)

    async def _alive(self, unit: UnitOfWork, shown: RefreshToken, now: datetime) -> tuple[Session, User]:
        session = await unit.sessions.get(shown.session_id)
        user = await unit.users.get(session.user_id) if session else None
        if session is None or user is None or not session.alive(now) or not user.is_active:
            raise SessionEnded("sign in again")
        return session, user
