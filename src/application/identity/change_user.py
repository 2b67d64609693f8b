"""Changing somebody's account."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from application.identity.end_sessions import EndSessions
from application.identity.named_roles import named_roles
from application.identity.remember import Remember, about_user
from application.ports.clock import Clock
from application.ports.passwords import Passwords
from application.ports.unit_of_work import Store
from domain.access import UserCaller, require_superuser
from domain.audit import AuditAction, Origin
from domain.identity import (
    User,
    UserMissing,
    assignable,
    check_email,
    check_password,
    check_still_governed,
)
from domain.roles import NamedRole


@dataclass(frozen=True, slots=True)
class UserChanges:
    """What is to be different; None leaves a thing as it is."""

    role: str | None = None
    password: str | None = None
    email: str | None = None
    is_active: bool | None = None
    roles: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class ChangeUser:
    """Change role, password, email, named roles, or switch an account off and on.

    Whatever changes what somebody may do ends their sessions, so that it holds at once.
    """

    store: Store
    passwords: Passwords
    end_sessions: EndSessions
    remember: Remember
    clock: Clock

    async def __call__(self, caller: UserCaller, user_id: UUID, changes: UserChanges, origin: Origin) -> User:
        require_superuser(caller)
        if changes.password is not None:
            check_password(changes.password)
        hashed = None if changes.password is None else await self.passwords.hash(changes.password)
        async with self.store.begin() as unit:
            # Roles before accounts, in the order in which whoever changes a role holds them.
            roles = None if changes.roles is None else await named_roles(unit, changes.roles)
            superusers = await unit.users.superusers()
            user = await unit.users.get(user_id)
            if user is None:
                raise UserMissing("there is no such user")
            if changes.password is not None:
                check_password(changes.password, user.username, changes.email or user.email)
            changed = self._changed(user, changes, hashed, roles)
            check_still_governed(caller.user_id, user, changed, superusers)
            await unit.users.save(changed)
            stale = changed.powers != user.powers
            ended = await self.end_sessions.all_of(unit, user.id) if stale else ()
            if not changed.is_active:
                await unit.presigned_uploads.leave_owned(user.id)
            told = [name for name in UserChanges.__slots__ if getattr(changes, name) is not None]
            await self.remember(unit, AuditAction.USER_CHANGED, about_user(user.id), origin, changed=told)
            await unit.commit()
        await self.end_sessions.tell(ended)
        return changed

    def _changed(
        self, user: User, changes: UserChanges, hashed: str | None, roles: tuple[NamedRole, ...] | None
    ) -> User:
        if changes.email is not None:
            check_email(changes.email)
        return replace(
            user,
            role=user.role if changes.role is None else assignable(changes.role, user.role),
            password_hash=hashed or user.password_hash,
            email=user.email if changes.email is None else changes.email,
            is_active=user.is_active if changes.is_active is None else changes.is_active,
            named_roles=user.named_roles if roles is None else roles,
            updated_at=self.clock.now(),
        )
