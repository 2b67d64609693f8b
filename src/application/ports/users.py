"""Port: accounts."""

from typing import Protocol
from uuid import UUID

from domain.identity import User


class Users(Protocol):
    """Accounts, inside a unit of work."""

    async def add(self, user: User) -> None:
        """Keep a new account; `UsernameTaken` when its username or email belongs to another (letter case ignored)."""
        ...

    async def get(self, user_id: UUID) -> User | None:
        """The account, or nothing."""
        ...

    async def named(self, name: str) -> User | None:
        """The account with this username, else the one with this email; letter case ignored."""
        ...

    async def save(self, user: User) -> None:
        """Replace what is kept of an account."""
        ...

    async def any_superuser(self) -> bool:
        """Whether anybody could administer this installation."""
        ...


class UserReads(Protocol):
    """Accounts, to look at."""

    async def get(self, user_id: UUID) -> User | None:
        """The account, or nothing."""
        ...
