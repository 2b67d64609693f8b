"""Port: by which foreign identities accounts are signed in to."""

from typing import Protocol
from uuid import UUID

from domain.oauth import LinkedIdentity


class LinkedIdentities(Protocol):
    """Links from foreign identities to accounts, inside a unit of work; they go when their account does."""

    async def owner(self, issuer: str, subject: str) -> UUID | None:
        """The account that this identity signs in to, or nothing."""
        ...

    async def any_of(self, user_id: UUID) -> bool:
        """Whether any identity signs in to this account."""
        ...

    async def add(self, linked: LinkedIdentity) -> None:
        """Keep a new link; `AlreadyThere` when the identity has one, `ParentMissing` when the account is gone."""
        ...
