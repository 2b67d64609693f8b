"""Port: named roles, sets of permissions that accounts may hold beside their own."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.roles import NamedRole


class Roles(Protocol):
    """Named roles, inside a unit of work."""

    async def add(self, role: NamedRole) -> None:
        """Keep a new role; `RoleTaken` when there is one of this name."""
        ...

    async def get(self, name: str) -> NamedRole | None:
        """The role, held against other units until this one ends; or nothing."""
        ...

    async def save(self, role: NamedRole) -> None:
        """Replace what is kept of a role."""
        ...

    async def remove(self, name: str) -> bool:
        """Forget a role, and that anybody held it; whether there was one."""
        ...

    async def holders(self, name: str) -> Sequence[UUID]:
        """The accounts that hold it, held against other units until this one ends."""
        ...


class RoleReads(Protocol):
    """Named roles, to look at."""

    async def get(self, name: str) -> NamedRole | None:
        """The role, or nothing."""
        ...

    async def all(self) -> Sequence[NamedRole]:
        """Every role, by name."""
        ...
