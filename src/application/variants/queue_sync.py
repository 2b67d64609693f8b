"""Asking for a project's variants to be brought in line with its settings."""

from datetime import datetime
from uuid import UUID

from application.jobs.queue_job import queue_job
from application.ports.unit_of_work import UnitOfWork
from domain.jobs import Job, JobKind
from domain.projects import Project


async def queue_sync(unit: UnitOfWork, project: Project, job_id: UUID, now: datetime) -> bool:
    """Queue it, in a unit that holds the project; False when one is waiting or under way, which then takes care of it.

    One under way looks at the settings once more before it ends, while it holds the project itself.
    """
    job = Job.fresh(
        job_id,
        JobKind.SYNC_PROJECT_VARIANTS,
        now,
        project_id=project.id,
        unique_key=f"sync-project:{project.id}",
    )
    return await queue_job(unit, job, now)
