"""Port: accounts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.identity import User
from domain.pages import Page, PageRequest


class Users(Protocol):
    """Accounts, inside a unit of work."""

    async def add(self, user: User) -> None:
        """Keep a new account; `UsernameTaken` when its username or email belongs to another (letter case ignored)."""
        ...

    async def get(self, user_id: UUID) -> User | None:
        """The account with its named roles, or nothing."""
        ...

    async def named(self, name: str) -> User | None:
        """The account with this username, else the one with this email; letter case ignored."""
        ...

    async def save(self, user: User) -> None:
        """Replace what is kept of an account, and which named roles it holds."""
        ...

    async def remove(self, user_id: UUID) -> bool:
        """Forget an account and what it signs in by; whether there was one. Its sessions stay: end them before."""
        ...

    async def superusers(self) -> Sequence[User]:
        """Every account of the role `su`, all held against other units until this one ends."""
        ...


class UserReads(Protocol):
    """Accounts, to look at."""

    async def changed_since(self, moment: datetime) -> Sequence[UUID]:
        """The accounts whose `updated_at` is that moment or later."""
        ...

    async def page(self, request: PageRequest) -> Page[User]:
        """Every account, newest first."""
        ...

    async def get(self, user_id: UUID) -> User | None:
        """The account with its named roles, or nothing."""
        ...

    async def named(self, name: str) -> User | None:
        """The account with this username, else the one with this email; letter case ignored."""
        ...
