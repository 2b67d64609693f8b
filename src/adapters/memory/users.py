"""Accounts in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from adapters.memory.paging import page_of
from adapters.memory.state import Draft, MemoryDatabase, Rows
from domain.access import Role
from domain.errors import ParentMissing
from domain.identity import User, UsernameTaken
from domain.pages import Page, PageRequest


class MemoryUsers:
    """Accounts, inside a unit of work."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def add(self, user: User) -> None:
        if user.id in self._draft.rows.users:
            self._refuse()
        self._keep(user)

    async def get(self, user_id: UUID) -> User | None:
        return found(self._draft.rows, user_id)

    async def named(self, name: str) -> User | None:
        return called(self._draft.rows, name)

    async def save(self, user: User) -> None:
        if user.id in self._draft.rows.users:
            self._keep(user)

    async def remove(self, user_id: UUID) -> bool:
        rows = self._draft.rows
        rows.names = {name: owner for name, owner in rows.names.items() if owner != user_id}
        rows.second_factors.pop(user_id, None)
        rows.sign_in_codes.pop(user_id, None)
        return rows.users.pop(user_id, None) is not None

    async def superusers(self) -> Sequence[User]:
        rows = self._draft.rows
        return [joined(rows, user) for user in rows.users.values() if user.role is Role.SU]

    def _keep(self, user: User) -> None:
        rows = self._draft.rows
        names = {name.casefold() for name in (user.username, user.email) if name is not None}
        if any(rows.names.get(name, user.id) != user.id for name in names):
            self._refuse()
        if any(role.name not in rows.roles for role in user.named_roles):
            self._draft.refuse(ParentMissing("a role is gone"))
        rows.names = {name: owner for name, owner in rows.names.items() if owner != user.id}
        rows.names |= dict.fromkeys(names, user.id)
        rows.users[user.id] = user

    def _refuse(self) -> None:
        self._draft.refuse(UsernameTaken("this username or email belongs to somebody else"))


class MemoryUserReads:
    """Accounts, to look at."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def changed_since(self, moment: datetime) -> Sequence[UUID]:
        return [user.id for user in self._database.rows.users.values() if user.updated_at >= moment]

    async def page(self, request: PageRequest) -> Page[User]:
        rows = self._database.rows
        return page_of((joined(rows, user) for user in rows.users.values()), request)

    async def get(self, user_id: UUID) -> User | None:
        return found(self._database.rows, user_id)

    async def named(self, name: str) -> User | None:
        return called(self._database.rows, name)


def found(rows: Rows, user_id: UUID) -> User | None:
    """The account, or nothing."""
    user = rows.users.get(user_id)
    return joined(rows, user) if user else None


def called(rows: Rows, name: str) -> User | None:
    """The account of this name, or nothing."""
    owner = rows.names.get(name.casefold())
    return found(rows, owner) if owner else None


def joined(rows: Rows, user: User) -> User:
    """The account with its named roles as they are now."""
    return replace(user, named_roles=tuple(rows.roles[name] for name in sorted(r.name for r in user.named_roles)))
