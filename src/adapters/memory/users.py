"""Accounts in memory."""

from uuid import UUID

from adapters.memory.state import Draft, MemoryDatabase
from domain.access import Role
from domain.identity import User, UsernameTaken


class MemoryUsers:
    """Accounts, inside a unit of work."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def add(self, user: User) -> None:
        if user.id in self._draft.rows.users:
            self._refuse()
        self._keep(user)

    async def get(self, user_id: UUID) -> User | None:
        return self._draft.rows.users.get(user_id)

    async def named(self, name: str) -> User | None:
        owner = self._draft.rows.names.get(name.casefold())
        return self._draft.rows.users[owner] if owner else None

    async def save(self, user: User) -> None:
        if user.id in self._draft.rows.users:
            self._keep(user)

    async def any_superuser(self) -> bool:
        return any(user.role is Role.SU and user.is_active for user in self._draft.rows.users.values())

    def _keep(self, user: User) -> None:
        rows = self._draft.rows
        names = {name.casefold() for name in (user.username, user.email) if name is not None}
        if any(rows.names.get(name, user.id) != user.id for name in names):
            self._refuse()
        rows.names = {name: owner for name, owner in rows.names.items() if owner != user.id}
        rows.names |= dict.fromkeys(names, user.id)
        rows.users[user.id] = user

    def _refuse(self) -> None:
        self._draft.refuse(UsernameTaken("this username or email belongs to somebody else"))


class MemoryUserReads:
    """Accounts, to look at."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, user_id: UUID) -> User | None:
        return self._database.rows.users.get(user_id)
