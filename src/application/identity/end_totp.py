"""Switching a second factor off."""

from dataclasses import dataclass

from application.identity.remember import Remember, about_user
from application.identity.spend_code import SpendCode
from application.identity.throttle import SignInThrottle
from application.ports.passwords import Passwords
from application.ports.unit_of_work import Store, UnitOfWork
from application.ports.users import UserReads
from domain.access import UserCaller
from domain.audit import AuditAction, Origin
from domain.errors import Forbidden, NotSignedIn
from domain.identity import User, UserMissing, WrongPassword
from domain.second_factor import SecondFactor, SecondFactorOff, WrongCode


@dataclass(frozen=True, slots=True)
class EndTotp:
    """Switch a second factor off: one's own with password and code, anybody's by whoever sits at the machine."""

    store: Store
    users: UserReads
    passwords: Passwords
    spend: SpendCode
    throttle: SignInThrottle
    remember: Remember

    async def __call__(self, caller: UserCaller, password: str, code: str, origin: Origin) -> None:
        """One's own."""
        user = await self.users.get(caller.user_id)
        if user is None:
            raise NotSignedIn("this account does not exist any more")
        await self.throttle.check(user.id, origin.ip, code=True)
        try:
            await self._require(user, password, code, origin)
        except Forbidden:
            await self.throttle.failed(user.id, origin.ip, code=True)
            raise
        # Others may have failed meanwhile.
        await self.throttle.check(user.id, origin.ip, code=True)
        await self._end(user, origin)

    async def of(self, username: str) -> User:
        """That of the account with this name or address; only the command line asks for it."""
        user = await self.users.named(username)
        if user is None:
            raise UserMissing(f"there is no user {username}")
        await self._end(user, Origin())
        return user

    async def _require(self, user: User, password: str, code: str, origin: Origin) -> None:
        right = await self.passwords.verify(password, user.password_hash)
        seal = await self.spend.seal(user.id)
        async with self.store.begin() as unit:
            factor = await _switched_on(unit, user)
            if not right:
                raise WrongPassword("this is not the account's password")
            if not await self.spend(unit, factor, seal, code, origin):
                raise WrongCode("this code is wrong or was used before; wait for the next one")
            await unit.commit()

    async def _end(self, user: User, origin: Origin) -> None:
        async with self.store.begin() as unit:
            await _switched_on(unit, user)
            await unit.second_factors.remove(user.id)
            await self.remember(unit, AuditAction.TOTP_DISABLED, about_user(user.id), origin)
            await unit.commit()


async def _switched_on(unit: UnitOfWork, user: User) -> SecondFactor:
    factor = await unit.second_factors.get(user.id)
    if factor is None or not factor.on:
        raise SecondFactorOff("this account has no second factor")
    return factor
