"""Signing in with a password."""

import asyncio
from dataclasses import dataclass, field, replace

from application.identity.open_session import OpenSession, Tokens
from application.identity.remember import Remember, about_user
from application.identity.second_step import SecondStep
from application.identity.throttle import SignInThrottle
from application.ports.passwords import Passwords
from application.ports.unit_of_work import Store
from application.ports.users import UserReads
from domain.audit import AuditAction, Origin
from domain.identity import User, WrongCredentials

AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class SignIn:
    """Exchange a name and its password, and a code where the account has a second factor, for tokens."""

    store: Store
    users: UserReads
    passwords: Passwords
    open_session: OpenSession
    throttle: SignInThrottle
    second_step: SecondStep
    remember: Remember
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def __call__(self, name: str, password: str, origin: Origin, otp: str | None = None) -> Tokens:
        # A crowd waits here, not in front of the database, where it would stand in everybody's way.
        async with self.turns:
            return await self._admit(name, password, origin, otp)

    async def _admit(self, name: str, password: str, origin: Origin, otp: str | None) -> Tokens:
        user = await self.users.named(name)
        who = user.id if user else name
        await self.throttle.check(who, origin.ip)
        # Hashing is slow on purpose, so it happens outside every transaction.
        right = await self.passwords.verify(password, user.password_hash if user else None)
        if user is None or not right:
            await self._refuse(user, origin)
            await self.throttle.failed(who, origin.ip)
            raise WrongCredentials("username or password is wrong")
        await self.throttle.check(who, origin.ip)
        await self.second_step(user, otp, origin)
        if user.password_hash and self.passwords.outdated(user.password_hash):
            user = await self._rehash(user, password)
        return await self.open_session(user, origin, by="password")

    async def _refuse(self, user: User | None, origin: Origin) -> None:
        # An unknown name is not kept: people type passwords into the wrong field.
        subject = about_user(user.id) if user else "user:unknown"
        async with self.store.begin() as unit:
            await self.remember(unit, AuditAction.SIGN_IN_REFUSED, subject, origin)
            await unit.commit()

    async def _rehash(self, user: User, password: str) -> User:
        stronger = replace(user, password_hash=await self.passwords.hash(password))
        async with self.store.begin() as unit:
            current = await unit.users.get(user.id)
            if current is None or current.password_hash != user.password_hash:
                return user
            await unit.users.save(replace(current, password_hash=stronger.password_hash))
            await unit.commit()
        return stronger
