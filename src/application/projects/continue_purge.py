"""Erasing a project, as a job."""

from dataclasses import dataclass

from application.identity.remember import Remember
from application.jobs.finish_job import finish_job
from application.jobs.run_job import Report
from application.ports.clock import Clock
from application.ports.unit_of_work import Store, UnitOfWork
from application.projects.erase_project import EraseProject
from application.projects.open_project import about_project
from domain.access import EVERYTHING
from domain.audit import AuditAction, Origin
from domain.jobs import Job
from domain.projects import Project


@dataclass(frozen=True, slots=True)
class ContinuePurge:
    """Erase the project of a job: one that somebody began to erase, or that lay in the bin for too long.

    Any other one is let be, such as one that was restored since the job was queued.
    """

    store: Store
    erase: EraseProject
    remember: Remember
    clock: Clock

    async def __call__(self, job: Job, report: Report) -> None:
        async def end(unit: UnitOfWork) -> None:
            await finish_job(unit, job, self.clock.now())

        project = await self._erasing(job)
        if project is not None:
            await self.erase(project, end, report)
            return
        async with self.store.begin() as unit:
            await end(unit)
            await unit.commit()

    async def _erasing(self, job: Job) -> Project | None:
        """The project, unseen by everybody from now on at the latest."""
        now = self.clock.now()
        async with self.store.begin() as unit:
            project = await unit.projects.get(EVERYTHING, job.project_id) if job.project_id else None
            if project is None or project.erasing_at is not None:
                return project
            if project.deleted_at is None or project.restorable(now):
                return None
            await unit.projects.save(project.erasing(now))
            subject, name = about_project(project.id), project.name
            await self.remember(unit, AuditAction.PROJECT_ERASED, subject, Origin(), project_id=project.id, name=name)
            await unit.commit()
        return project
