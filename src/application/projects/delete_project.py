"""A project goes into the bin."""

from dataclasses import dataclass
from uuid import UUID

from application.identity.remember import Remember
from application.ports.clock import Clock
from application.ports.unit_of_work import Store
from application.projects.open_project import about_project, open_project
from domain.access import UserCaller
from domain.audit import AuditAction, Origin


@dataclass(frozen=True, slots=True)
class DeleteProject:
    """Put a project into the bin: its files are unseen and its keys dead at once, until it is restored."""

    store: Store
    remember: Remember
    clock: Clock

    async def __call__(self, caller: UserCaller, project_id: UUID, origin: Origin) -> None:
        async with self.store.begin() as unit:
            project = await open_project(unit, caller, project_id)
            await unit.projects.save(project.deleted(self.clock.now()))
            subject = about_project(project_id)
            await self.remember(unit, AuditAction.PROJECT_DELETED, subject, origin, project_id=project_id)
            await unit.commit()
