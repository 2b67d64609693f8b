"""Codes that sign in once, in memory."""

from uuid import UUID

from adapters.memory.state import Draft
from domain.errors import ParentMissing
from domain.sign_in_codes import SignInCode


class MemorySignInCodes:
    """Codes that sign in once, inside a unit of work."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def put(self, code: SignInCode) -> None:
        if code.user_id not in self._draft.rows.users:
            self._draft.refuse(ParentMissing("the user is gone"))
        self._draft.rows.sign_in_codes[code.user_id] = code

    async def get(self, code_hash: str) -> SignInCode | None:
        return next((each for each in self._draft.rows.sign_in_codes.values() if each.hash == code_hash), None)

    async def remove(self, user_id: UUID) -> bool:
        return self._draft.rows.sign_in_codes.pop(user_id, None) is not None
