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
    job = Job.fresh(job_id, JobKind.PURGE_PROJECT, now, project_id=project.id, unique_key=f"purge:{project.id}")
    return await unit.jobs.add(job, delay=delay)
