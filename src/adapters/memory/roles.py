"""Named roles in memory."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from adapters.memory.state import Draft, MemoryDatabase
from domain.roles import NamedRole, RoleTaken


class MemoryRoles:
    """Named roles, inside a unit of work."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def add(self, role: NamedRole) -> None:
        if role.name in self._draft.rows.roles:
            self._draft.refuse(RoleTaken("there is a role of this name"))
        self._draft.rows.roles[role.name] = role

    async def get(self, name: str) -> NamedRole | None:
        return self._draft.rows.roles.get(name)

    async def save(self, role: NamedRole) -> None:
        if role.name in self._draft.rows.roles:
            self._draft.rows.roles[role.name] = role

    async def remove(self, name: str) -> bool:
        users = self._draft.rows.users
        for holder in await self.holders(name):
            kept = tuple(role for role in users[holder].named_roles if role.name != name)
            users[holder] = replace(users[holder], named_roles=kept)
        return self._draft.rows.roles.pop(name, None) is not None

    async def holders(self, name: str) -> Sequence[UUID]:
        users = self._draft.rows.users.values()
        return [user.id for user in users if any(role.name == name for role in user.named_roles)]


class MemoryRoleReads:
    """Named roles, to look at."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, name: str) -> NamedRole | None:
        return self._database.rows.roles.get(name)

    async def all(self) -> Sequence[NamedRole]:
        return sorted(self._database.rows.roles.values(), key=lambda role: role.name)
