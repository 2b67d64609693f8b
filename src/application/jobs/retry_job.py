"""Trying again what was given up."""

from dataclasses import dataclass
from uuid import UUID

from application.jobs.file_of_job import give_file_another_chance
from application.jobs.find_job import FindJob
from application.jobs.finish_job import job_update
from application.ports.clock import Clock
from application.ports.signals import Signals
from application.ports.unit_of_work import Store
from domain.access import UserCaller
from domain.jobs import JOBS_TOPIC, Job, JobEnded, JobNotEnded, JobStatus

AGAIN = frozenset({JobStatus.FAILED, JobStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class RetryJob:
    """Put a failed or cancelled job back into the queue with all its attempts; its file waits again."""

    find: FindJob
    store: Store
    signals: Signals
    clock: Clock

    async def __call__(self, caller: UserCaller, job_id: UUID) -> Job:
        """As it stands now; `JobNotEnded` while it, or another that does the same, is not over."""
        seen, now = await self.find(caller, job_id), self.clock.now()
        async with self.store.begin() as unit:
            await give_file_another_chance(unit, seen, now)
            job = await self.find.held(unit, caller, job_id)
            if job.status not in AGAIN:
                raise _refusal(job)
            if not await unit.job_control.requeue(job_id):
                raise JobNotEnded("another job that does the same is waiting or under way")
            job = await self.find.held(unit, caller, job_id)
            await unit.events.add(job_update(job, JobStatus.PENDING, now))
            await unit.commit()
        await self.signals.send(JOBS_TOPIC)
        return job


def _refusal(job: Job) -> JobEnded | JobNotEnded:
    if job.status.ended:
        return JobEnded("the job was done; there is nothing to try again")
    return JobNotEnded(f"the job is {job.status.value} already")
