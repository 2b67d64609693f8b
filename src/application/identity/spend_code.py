"""Using up a code of a second factor."""

from dataclasses import dataclass
from uuid import UUID

from application.identity.remember import Remember, about_user
from application.ports.clock import Clock
from application.ports.seals import Seals
from application.ports.unit_of_work import UnitOfWork
from domain.audit import AuditAction, Origin
from domain.second_factor import SecondFactor

PURPOSE = "totp"


@dataclass(frozen=True, slots=True)
class SpendCode:
    """Takes each code once."""

    seals: Seals
    remember: Remember
    clock: Clock

    async def seal(self, user_id: UUID) -> str:
        """What the secrets of an account are derived with; to be had before a unit of work begins."""
        return await self.seals.of(PURPOSE, str(user_id))

    async def __call__(self, unit: UnitOfWork, factor: SecondFactor, seal: str, code: str, origin: Origin) -> bool:
        """Whether a code of the app or for recovery is right; it is used up once the unit is committed."""
        spent = factor.spent(code, factor.secret(seal), self.clock.now())
        if spent is None:
            return False
        await unit.second_factors.put(spent)
        left = len(spent.recovery_hashes)
        if left < len(factor.recovery_hashes):
            about = about_user(factor.user_id)
            await self.remember(unit, AuditAction.RECOVERY_CODE_USED, about, origin, left=left)
        return True
