"""Switching a second factor on."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.identity.remember import Remember, about_user
from application.identity.spend_code import SpendCode
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.unit_of_work import Store
from domain.access import UserCaller
from domain.audit import AuditAction, Origin
from domain.second_factor import RECOVERY_CODES, SecondFactorOff, SecondFactorOn, WrongCode, recovery_code


@dataclass(frozen=True, slots=True)
class ConfirmTotp:
    """A code shows that the app has the secret: from now on signing in takes one."""

    store: Store
    spend: SpendCode
    remember: Remember
    clock: Clock
    ids: Ids

    async def __call__(self, caller: UserCaller, code: str, origin: Origin) -> Sequence[str]:
        """The recovery codes, told this once."""
        seal = await self.spend.seal(caller.user_id)
        async with self.store.begin() as unit:
            factor = await unit.second_factors.get(caller.user_id)
            if factor is None:
                raise SecondFactorOff("begin with POST /auth/totp")
            if factor.on:
                raise SecondFactorOn("this account has a second factor already")
            now = self.clock.now()
            step = factor.step_of(code, factor.secret(seal), now)
            if step is None:
                raise WrongCode("this is not the code that your app should show now; is its clock right?")
            codes = tuple(recovery_code(self.ids.secret()) for _ in range(RECOVERY_CODES))
            await unit.second_factors.put(factor.confirmed(step, codes, now))
            await self.remember(unit, AuditAction.TOTP_ENABLED, about_user(caller.user_id), origin)
            await unit.commit()
        return codes
