"""Signing in: one session, one pair of tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from application.ports.access_tokens import AccessTokens, Claims
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.passwords import Passwords
from application.ports.unit_of_work import Store
from domain.identity import AccountDisabled, Session, User, WrongCredentials, hash_secret


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


def claims_of(user: User, session: Session, expires_at: datetime) -> Claims:
    """What an access token says of somebody."""
    return Claims(user.id, session.id, user.username, user.role, tuple(sorted(user.permissions)), expires_at)


@dataclass(frozen=True, slots=True)
class SignIn:
    """Exchange a name and its password for tokens."""

    store: Store
    passwords: Passwords
    access_tokens: AccessTokens
    clock: Clock
    ids: Ids
    lifetimes: TokenLifetimes

    async def __call__(self, name: str, password: str, *, ip: str | None = None, agent: str | None = None) -> Tokens:
        async with self.store.begin() as unit:
            user = await unit.users.named(name)
        # Hashing is slow on purpose, so it happens outside every transaction.
        if not await self.passwords.verify(password, user.password_hash if user else None) or user is None:
            raise WrongCredentials("username or password is wrong")
        if not user.is_active:
            raise AccountDisabled("this account is switched off")
        return await self._open_session(user, ip, agent)

    async def _open_session(self, user: User, ip: str | None, agent: str | None) -> Tokens:
        now, refresh_token = self.clock.now(), self.ids.secret()
        session = Session(
            id=self.ids.new(),
            user_id=user.id,
            refresh_hash=hash_secret(refresh_token),
            expires_at=now + self.lifetimes.refresh,
            created_at=now,
            last_used_at=now,
            ip=ip,
            user_agent=agent,
        )
        async with self.store.begin() as unit:
            await unit.sessions.add(session)
            await unit.commit()
        access = await self.access_tokens.issue(claims_of(user, session, now + self.lifetimes.access))
        return Tokens(access, refresh_token, int(self.lifetimes.access.total_seconds()))
