"""When work has come to its end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from application.ports.clock import Clock
from application.ports.jobs import JobQueue
from application.ports.unit_of_work import UnitOfWork
from domain.events import Event, EventKind
from domain.jobs import PERIODS, Job, JobKind, JobStatus, Lease, LeaseLost


def held(job: Job) -> Lease:
    """The lease under which a claimed job is worked on."""
    if job.lease is None:
        raise LeaseLost("nobody holds this job")
    return job.lease


def job_update(job: Job, status: JobStatus, now: datetime, **more: Any) -> Event:
    """What whoever follows a job is told of it."""
    data = {"status": status.value, "attempts": job.attempts, **more}
    return Event(EventKind.JOB_UPDATE, job.project_id, now, job.file_id, job.id, data)


@dataclass(frozen=True, slots=True)
class FinishJob:
    """End a job that had nothing to do, or whose effect is visible already."""

    queue: JobQueue
    clock: Clock

    async def __call__(self, job: Job) -> None:
        await self.queue.finish(held(job), job_update(job, JobStatus.COMPLETED, self.clock.now(), progress=100))


async def finish_job(unit: UnitOfWork, job: Job, now: datetime) -> None:
    """End a job in the unit that makes its effect visible."""
    await unit.jobs.complete(held(job))
    await unit.events.add(job_update(job, JobStatus.COMPLETED, now, progress=100))
    await queue_next(unit, job, now)


async def queue_next(unit: UnitOfWork, job: Job, now: datetime) -> None:
    """Queue the next round of what is done again and again, in the unit that ends this one."""
    period = PERIODS.get(JobKind(job.kind))
    if period is not None:
        await queue_periodic(unit, uuid5(job.id, "next"), JobKind(job.kind), now, period)


async def queue_periodic(unit: UnitOfWork, job_id: UUID, kind: JobKind, now: datetime, delay: timedelta) -> bool:
    """Queue a round of it; False when one is waiting or under way."""
    return await unit.jobs.add(Job.fresh(job_id, kind, now, unique_key=f"periodic:{kind}"), delay=delay)
