"""Forgetting a job that is over."""

from dataclasses import dataclass
from uuid import UUID

from application.jobs.find_job import FindJob
from application.jobs.finish_job import job_update
from application.ports.clock import Clock
from application.ports.unit_of_work import Store
from domain.access import UserCaller
from domain.jobs import Job, JobNotEnded


@dataclass(frozen=True, slots=True)
class DeleteJob:
    """Delete a job that has come to its end; what happened stays on record."""

    find: FindJob
    store: Store
    clock: Clock

    async def __call__(self, caller: UserCaller, job_id: UUID) -> Job:
        """As it was; `JobNotEnded` while it is not over."""
        await self.find(caller, job_id)
        async with self.store.begin() as unit:
            job = await self.find.held(unit, caller, job_id)
            if not job.status.ended:
                raise JobNotEnded(f"the job is {job.status.value}; cancel it first")
            await unit.job_control.remove(job_id)
            await unit.events.add(job_update(job, job.status, self.clock.now(), deleted=True))
            await unit.commit()
        return job
