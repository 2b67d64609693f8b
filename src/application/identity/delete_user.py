"""Removing an account."""

from dataclasses import dataclass
from uuid import UUID

from application.identity.end_sessions import EndSessions
from application.identity.remember import Remember, about_user
from application.ports.clock import Clock
from application.ports.unit_of_work import Store
from domain.access import UserCaller, require_superuser
from domain.audit import AuditAction, Origin
from domain.identity import UserMissing, check_still_governed


@dataclass(frozen=True, slots=True)
class DeleteUser:
    """Remove an account, end its sessions and announced uploads, and put its projects into the bin."""

    store: Store
    end_sessions: EndSessions
    remember: Remember
    clock: Clock

    async def __call__(self, caller: UserCaller, user_id: UUID, origin: Origin) -> None:
        require_superuser(caller)
        async with self.store.begin() as unit:
            superusers = await unit.users.superusers()
            user = await unit.users.get(user_id)
            if user is None:
                raise UserMissing("there is no such user")
            check_still_governed(caller.user_id, user, None, superusers)
            ended = await self.end_sessions.all_of(unit, user_id)
            binned = await unit.projects.delete_owned(user_id, self.clock.now())
            # Uploads after their projects, in the order in which whoever completes one holds them.
            await unit.presigned_uploads.leave_owned(user_id)
            await unit.users.remove(user_id)
            await self.remember(
                unit, AuditAction.USER_DELETED, about_user(user_id), origin, username=user.username, projects=binned
            )
            await unit.commit()
        await self.end_sessions.tell(ended)
