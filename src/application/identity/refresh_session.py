"""Staying signed in."""

from dataclasses import dataclass

from application.identity.sign_in import TokenLifetimes, Tokens, claims_of
from application.ports.access_tokens import AccessTokens
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.unit_of_work import Store
from domain.errors import NotSignedIn
from domain.identity import hash_secret


class SessionEnded(NotSignedIn):
    """This refresh token signs nobody in (any more)."""

    code = "session_ended"


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """Exchange a refresh token for new tokens; the old one is used up."""

    store: Store
    access_tokens: AccessTokens
    clock: Clock
    ids: Ids
    lifetimes: TokenLifetimes

    async def __call__(self, refresh_token: str) -> Tokens:
        now, successor = self.clock.now(), self.ids.secret()
        async with self.store.begin() as unit:
            session = await unit.sessions.with_refresh_hash(hash_secret(refresh_token))
            user = await unit.users.get(session.user_id) if session else None
            if session is None or user is None or not session.alive(now) or not user.is_active:
                raise SessionEnded("sign in again")
            session = session.rotated(hash_secret(successor), now, self.lifetimes.refresh)
            await unit.sessions.save(session)
            await unit.commit()
        access = await self.access_tokens.issue(claims_of(user, session, now + self.lifetimes.access))
        return Tokens(access, successor, int(self.lifetimes.access.total_seconds()))
