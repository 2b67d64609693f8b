"""Named roles: made, changed and removed by the superuser."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from application.identity.end_sessions import EndSessions
from application.identity.remember import Remember
from application.ports.clock import Clock
from application.ports.unit_of_work import Store, UnitOfWork
from domain.access import UserCaller, require_superuser
from domain.audit import AuditAction, Origin
from domain.roles import NamedRole, RoleMissing, check_role_name, read_permissions


@dataclass(frozen=True, slots=True)
class KeepRoles:
    """Changes to named roles; who holds one is signed out, so that the change holds at once."""

    store: Store
    end_sessions: EndSessions
    remember: Remember
    clock: Clock

    async def create(
        self, caller: UserCaller, name: str, permissions: Sequence[str], description: str | None, origin: Origin
    ) -> NamedRole:
        """A new role."""
        require_superuser(caller)
        check_role_name(name)
        now = self.clock.now()
        role = NamedRole(name, read_permissions(permissions), now, now, description)
        async with self.store.begin() as unit:
            await unit.roles.add(role)
            await self.remember(unit, AuditAction.ROLE_CREATED, f"role:{name}", origin)
            await unit.commit()
        return role

    async def change(
        self, caller: UserCaller, name: str, permissions: Sequence[str], description: str | None, origin: Origin
    ) -> NamedRole:
        """Other permissions, another description."""
        require_superuser(caller)
        allowed = read_permissions(permissions)
        async with self.store.begin() as unit:
            role = await unit.roles.get(name)
            if role is None:
                raise RoleMissing("there is no such role")
            role = replace(role, permissions=allowed, description=description, updated_at=self.clock.now())
            await unit.roles.save(role)
            ended = await self._sign_out(unit, await unit.roles.holders(name))
            await self.remember(unit, AuditAction.ROLE_CHANGED, f"role:{name}", origin)
            await unit.commit()
        await self.end_sessions.tell(ended)
        return role

    async def remove(self, caller: UserCaller, name: str, origin: Origin) -> None:
        """No such role any more, and nobody holds it."""
        require_superuser(caller)
        async with self.store.begin() as unit:
            if await unit.roles.get(name) is None:
                raise RoleMissing("there is no such role")
            holders = await unit.roles.holders(name)
            await unit.roles.remove(name)
            ended = await self._sign_out(unit, holders)
            await self.remember(unit, AuditAction.ROLE_DELETED, f"role:{name}", origin)
            await unit.commit()
        await self.end_sessions.tell(ended)

    async def _sign_out(self, unit: UnitOfWork, holders: Sequence[UUID]) -> list[UUID]:
        ended: list[UUID] = []
        for holder in holders:
            user = await unit.users.get(holder)
            if user is not None:
                await unit.users.save(replace(user, updated_at=self.clock.now()))
                ended += await self.end_sessions.all_of(unit, holder)
        return ended
