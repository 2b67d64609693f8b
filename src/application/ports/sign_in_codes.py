"""Port: codes that sign in once."""

from typing import Protocol
from uuid import UUID

from domain.sign_in_codes import SignInCode


class SignInCodes(Protocol):
    """Codes that sign in once, inside a unit of work: one for each account, and gone with it."""

    async def put(self, code: SignInCode) -> None:
        """Keep it, in the place of the account's one before; `ParentMissing` when the account is gone."""
        ...

    async def get(self, code_hash: str) -> SignInCode | None:
        """The code with this hash, held against other units until this one ends; or nothing."""
        ...

    async def remove(self, user_id: UUID) -> bool:
        """Forget the account's; whether there was one."""
        ...
