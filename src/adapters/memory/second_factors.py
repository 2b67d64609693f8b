"""Second factors in memory."""

from uuid import UUID

from adapters.memory.state import Draft
from domain.errors import ParentMissing
from domain.second_factor import SecondFactor


class MemorySecondFactors:
    """Second factors, inside a unit of work."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def get(self, user_id: UUID) -> SecondFactor | None:
        return self._draft.rows.second_factors.get(user_id)

    async def put(self, factor: SecondFactor) -> None:
        if factor.user_id not in self._draft.rows.users:
            self._draft.refuse(ParentMissing("the user is gone"))
        self._draft.rows.second_factors[factor.user_id] = factor

    async def remove(self, user_id: UUID) -> bool:
        return self._draft.rows.second_factors.pop(user_id, None) is not None
