"""A new session, whichever way somebody has proved who they are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from application.identity.remember import Remember, about_user
from application.ports.access_tokens import AccessTokens, Claims
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.unit_of_work import Store
from domain.audit import AuditAction, Origin
from domain.identity import AccountDisabled, Session, User, WrongCredentials, hash_secret
from domain.refreshing import RefreshToken


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a client shows from now on; the refresh token is told this once."""

    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class TokenLifetimes:
    """How long tokens are good for."""

    access: timedelta = timedelta(minutes=15)
    refresh: timedelta = timedelta(days=1)
    session: timedelta = timedelta(days=30)


def claims_of(user: User, session: Session, expires_at: datetime) -> Claims:
    """What an access token says of somebody."""
    return Claims(user.id, session.id, user.username, user.role, tuple(sorted(user.permissions)), expires_at)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Sign somebody in who has proved who they are; a disabled account is refused."""

    store: Store
    access_tokens: AccessTokens
    remember: Remember
    clock: Clock
    ids: Ids
    lifetimes: TokenLifetimes

    async def __call__(self, user: User, origin: Origin, *, by: str) -> Tokens:
        now, refresh_token = self.clock.now(), self.ids.secret()
        session = Session(
            id=self.ids.new(),
            user_id=user.id,
            expires_at=now + min(self.lifetimes.refresh, self.lifetimes.session),
            created_at=now,
            last_used_at=now,
            ip=origin.ip,
            user_agent=origin.agent,
        )
        async with self.store.begin() as unit:
            # Read again: much can have changed while a password was being checked.
            current = await unit.users.get(user.id)
            if current is None or current.password_hash != user.password_hash:
                raise WrongCredentials("username or password is wrong")
            if not current.is_active:
                await self.remember(unit, AuditAction.SIGN_IN_REFUSED, about_user(user.id), origin, why="disabled")
                await unit.commit()
                raise AccountDisabled("this account is switched off")
            await unit.sessions.add(session)
            await unit.refresh_tokens.add(RefreshToken(hash_secret(refresh_token), session.id, now))
            signed_in = Origin(user.id, origin.ip, origin.agent)
            await self.remember(unit, AuditAction.SIGNED_IN, about_user(user.id), signed_in, by=by)
            await unit.commit()
        access = await self.access_tokens.issue(claims_of(current, session, now + self.lifetimes.access))
        return Tokens(access, refresh_token, int(self.lifetimes.access.total_seconds()))
