"""Calling work off."""

from dataclasses import dataclass
from uuid import UUID

from application.jobs.file_of_job import give_file_up
from application.jobs.find_job import FindJob
from application.jobs.finish_job import job_update
from application.ports.clock import Clock
from application.ports.signals import Signals
from application.ports.unit_of_work import Store
from domain.access import UserCaller
from domain.jobs import JOBS_TOPIC, Job, JobEnded, JobStatus

CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class CancelJob:
    """End a job that waits or is under way; whoever is at it stops as soon as they hear of it."""

    find: FindJob
    store: Store
    signals: Signals
    clock: Clock

    async def __call__(self, caller: UserCaller, job_id: UUID) -> Job:
        """As it stands now; `JobEnded` when it is over already."""
        seen, now = await self.find(caller, job_id), self.clock.now()
        async with self.store.begin() as unit:
            await give_file_up(unit, seen, CANCELLED, now)
            job = await self.find.held(unit, caller, job_id)
            if job.status.ended:
                raise JobEnded(f"the job is {job.status.value} already")
            await unit.job_control.cancel(job_id)
            job = await self.find.held(unit, caller, job_id)
            await unit.events.add(job_update(job, JobStatus.CANCELLED, now))
            await unit.commit()
        await self.signals.send(JOBS_TOPIC, str(job_id))
        return job
