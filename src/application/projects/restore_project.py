"""A project comes out of the bin."""

from dataclasses import dataclass
from uuid import UUID

from application.identity.remember import Remember
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.signals import Signals
from application.ports.unit_of_work import Store
from application.projects.open_project import about_project, any_project
from application.variants.queue_sync import queue_sync
from domain.access import UserCaller
from domain.audit import AuditAction, Origin
from domain.jobs import JOBS_TOPIC
from domain.projects import Project, ProjectMissing, ProjectNotDeleted


@dataclass(frozen=True, slots=True)
class RestoreProject:
    """Undo a soft delete, files, keys and all, while that can be done.

    Work on its files that was given up meanwhile is asked for again.
    """

    store: Store
    remember: Remember
    signals: Signals
    clock: Clock
    ids: Ids

    async def __call__(self, caller: UserCaller, project_id: UUID, origin: Origin) -> Project:
        now = self.clock.now()
        async with self.store.begin() as unit:
            project = await any_project(unit, caller, project_id)
            if project.deleted_at is None:
                raise ProjectNotDeleted("this project is not deleted")
            if not project.restorable(now):
                raise ProjectMissing("there is no such project")
            restored = project.restored(now)
            await unit.projects.save(restored)
            subject = about_project(project_id)
            await self.remember(unit, AuditAction.PROJECT_RESTORED, subject, origin, project_id=project_id)
            queued = restored.settings.auto_sync and await queue_sync(unit, restored, self.ids.new(), now)
            await unit.commit()
        if queued:
            await self.signals.send(JOBS_TOPIC)
        return restored
