"""When there is work to do."""

from datetime import datetime

from application.jobs.finish_job import job_update
from application.ports.unit_of_work import UnitOfWork
from domain.jobs import Job, JobStatus


async def queue_job(unit: UnitOfWork, job: Job, now: datetime) -> bool:
    """Queue a job, in the unit that makes it necessary; False while an unfinished one has its `unique_key`."""
    queued = await unit.jobs.add(job)
    if queued:
        await unit.events.add(job_update(job, JobStatus.PENDING, now))
    return queued
