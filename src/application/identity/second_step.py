"""What signing in takes beside the password."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from application.identity.remember import Remember, about_user
from application.identity.spend_code import SpendCode
from application.identity.throttle import SignInThrottle
from application.ports.unit_of_work import Store, UnitOfWork
from domain.audit import AuditAction, Origin
from domain.identity import User
from domain.second_factor import SecondFactorRequired, SecondFactorWrong

Along = Callable[[UnitOfWork], Awaitable[None]]


async def nothing(unit: UnitOfWork) -> None:
    """Nothing else is used up."""


@dataclass(frozen=True, slots=True)
class SecondStep:
    """Ask for a code of the account's second factor, where it has one."""

    store: Store
    spend: SpendCode
    throttle: SignInThrottle
    remember: Remember

    async def __call__(self, user: User, otp: str | None, origin: Origin, along: Along = nothing) -> None:
        """Return when nothing more is needed; what is done `along` counts together with the code, or not at all."""
        if otp is not None:
            await self.throttle.check(user.id, origin.ip, code=True)
        seal = await self.spend.seal(user.id)
        try:
            await self._pass(user, otp, seal, origin, along)
        except SecondFactorWrong:
            await self._note(user, origin)
            await self.throttle.failed(user.id, origin.ip, code=True)
            raise
        if otp is not None:
            # Others may have failed meanwhile.
            await self.throttle.check(user.id, origin.ip, code=True)

    async def _pass(self, user: User, otp: str | None, seal: str, origin: Origin, along: Along) -> None:
        async with self.store.begin() as unit:
            await along(unit)
            factor = await unit.second_factors.get(user.id)
            if factor is not None and factor.on:
                if otp is None:
                    raise SecondFactorRequired("send a code of your app, or a recovery code, as 'otp'")
                if not await self.spend(unit, factor, seal, otp, Origin(user.id, origin.ip, origin.agent)):
                    raise SecondFactorWrong("this code is wrong or was used before; wait for the next one")
            await unit.commit()

    async def _note(self, user: User, origin: Origin) -> None:
        async with self.store.begin() as unit:
            await self.remember(unit, AuditAction.SIGN_IN_REFUSED, about_user(user.id), origin, why="second_factor")
            await unit.commit()
