"""Port: named roles, sets of permissions that accounts may hold beside their own."""

from typing import Protocol

from domain.roles import NamedRole


class Roles(Protocol):
    """Named roles, inside a unit of work."""

    async def add(self, role: NamedRole) -> None:
        """Keep a new role; `RoleTaken` when there is one of this name."""
        ...

    async def get(self, name: str) -> NamedRole | None:
        """The role, or nothing."""
        ...

    async def save(self, role: NamedRole) -> None:
        """Replace what is kept of a role."""
        ...

    async def remove(self, name: str) -> bool:
        """Forget a role, and that anybody held it; whether there was one."""
        ...

    async def all(self) -> list[NamedRole]:
        """Every role, by name."""
        ...
