"""Port: second factors of accounts."""

from typing import Protocol
from uuid import UUID

from domain.second_factor import SecondFactor


class SecondFactors(Protocol):
    """Second factors, inside a unit of work: one for each account, and gone with it."""

    async def get(self, user_id: UUID) -> SecondFactor | None:
        """The account's, confirmed or not, held against other units until this one ends; or nothing."""
        ...

    async def put(self, factor: SecondFactor) -> None:
        """Keep it, in the place of the one before; `ParentMissing` when the account is gone."""
        ...

    async def remove(self, user_id: UUID) -> bool:
        """Forget the account's; whether there was one."""
        ...
