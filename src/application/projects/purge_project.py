"""A project goes for good."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from application.identity.remember import Remember
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.signals import Signals
from application.ports.unit_of_work import Store, UnitOfWork
from application.projects.begin_purge import begin_purge
from application.projects.erase_project import EraseProject
from application.projects.open_project import about_project, any_project
from domain.access import UserCaller
from domain.audit import AuditAction, Origin
from domain.errors import Outage
from domain.jobs import JOBS_TOPIC
from domain.projects import Project

PATIENCE = 20.0
SAFETY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Purged:
    """Whether all is gone; if not, the job that goes on with it, unless that is one queued before by somebody else."""

    done: bool
    job_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PurgeProject:
    """Erase a project, be it in the bin or not: from the first moment on nobody sees anything of it.

    It is erased here and now, with a job behind it in case we die on the way. What takes longer than anybody waits,
    or meets an outage, is left to the job.
    """

    store: Store
    erase: EraseProject
    remember: Remember
    signals: Signals
    clock: Clock
    ids: Ids
    patience: float = PATIENCE

    async def __call__(self, caller: UserCaller, project_id: UUID, origin: Origin) -> Purged:
        job_id = self.ids.new()
        project, queued = await self._begin(caller, project_id, job_id, origin)

        async def drop_the_job(unit: UnitOfWork) -> None:
            await unit.job_control.remove(job_id)

        try:
            async with asyncio.timeout(self.patience):
                await self.erase(project, drop_the_job)
        except (TimeoutError, Outage):
            await self._leave(job_id)
            return Purged(done=False, job_id=job_id if queued else None)
        return Purged(done=True)

    async def _begin(self, caller: UserCaller, project_id: UUID, job_id: UUID, origin: Origin) -> tuple[Project, bool]:
        async with self.store.begin() as unit:
            project = await any_project(unit, caller, project_id)
            queued = await begin_purge(unit, project, job_id, self.clock.now(), delay=SAFETY)
            subject, name = about_project(project_id), project.name
            await self.remember(unit, AuditAction.PROJECT_ERASED, subject, origin, project_id=project_id, name=name)
            await unit.commit()
        return project, queued

    async def _leave(self, job_id: UUID) -> None:
        """To the job, at once; when even that does not go well, it begins by itself a little later."""
        with suppress(Outage):
            async with self.store.begin() as unit:
                await unit.job_control.requeue(job_id)
                await unit.commit()
            await self.signals.send(JOBS_TOPIC)
