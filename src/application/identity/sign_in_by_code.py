"""Signing in with a code that the operator's terminal showed."""

from dataclasses import dataclass

from application.identity.open_session import OpenSession, Tokens
from application.identity.remember import Remember
from application.identity.second_step import SecondStep
from application.ports.clock import Clock
from application.ports.unit_of_work import Store, UnitOfWork
from application.ports.users import UserReads
from domain.audit import AuditAction, Origin
from domain.identity import User, hash_secret
from domain.sign_in_codes import SignInCode, SignInCodeInvalid

BY = "code"


@dataclass(frozen=True, slots=True)
class SignInByCode:
    """Exchange a code, once, for tokens. It stands in for the password: a second factor is asked for all the same."""

    store: Store
    users: UserReads
    second_step: SecondStep
    open_session: OpenSession
    remember: Remember
    clock: Clock

    async def __call__(self, code: str, origin: Origin, otp: str | None = None) -> Tokens:
        hashed = hash_secret(code)

        async def use(unit: UnitOfWork) -> None:
            known = await self._good(unit, hashed)
            await unit.sign_in_codes.remove(known.user_id)

        try:
            user = await self._owner(hashed)
            await self.second_step(user, otp, origin, use)
        except SignInCodeInvalid:
            await self._note(origin)
            raise
        return await self.open_session(user, origin, by=BY)

    async def _owner(self, hashed: str) -> User:
        async with self.store.begin() as unit:
            known = await self._good(unit, hashed)
        user = await self.users.get(known.user_id)
        if user is None:
            raise _invalid()
        return user

    async def _good(self, unit: UnitOfWork, hashed: str) -> SignInCode:
        known = await unit.sign_in_codes.get(hashed)
        if known is None or not known.good(self.clock.now()):
            raise _invalid()
        return known

    async def _note(self, origin: Origin) -> None:
        async with self.store.begin() as unit:
            await self.remember(unit, AuditAction.SIGN_IN_REFUSED, "user:unknown", origin, by=BY)
            await unit.commit()


def _invalid() -> SignInCodeInvalid:
    return SignInCodeInvalid("this code was used before, or is older than 15 minutes; the operator can make another")
