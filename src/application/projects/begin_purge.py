"""From here on a project is gone as far as anybody can see."""

from datetime import datetime, timedelta
from uuid import UUID

from application.ports.unit_of_work import UnitOfWork
from domain.jobs import Job, JobKind
from domain.projects import Project


async def begin_purge(
    unit: UnitOfWork, project: Project, job_id: UUID, now: datetime, *, delay: timedelta = timedelta(0)
) -> bool:
    """Mark a project that the unit holds as being erased, and queue the job that does it.

    False when one is waiting or under way already, which then does it.
    """
    if project.erasing_at is None:
        await unit.projects.save(project.erasing(now))
    return await unit.jobs.add(purge_job(job_id, project.id, now), delay=delay)


def purge_job(job_id: UUID, project_id: UUID, now: datetime) -> Job:
    """The job that erases a project; there is one of it at a time."""
    return Job.fresh(job_id, JobKind.PURGE_PROJECT, now, project_id=project_id, unique_key=f"purge:{project_id}")
