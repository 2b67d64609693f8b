"""When work does not come to its end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from application.jobs.file_of_job import give_file_up
from application.jobs.finish_job import held, job_update, queue_next
from application.ports.clock import Clock
from application.ports.image_transformer import DecoderLost
from application.ports.unit_of_work import Store
from domain.errors import DarkroomError, Outage
from domain.jobs import GENTLY, Job, JobStatus

SHORTEST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
GIVEN_UP_AFTER = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class FailJob:
    """Decides between trying again later and giving up; giving up shows on the file.

    `chance` answers a number from 0 to 1, so that a crowd of failed jobs does not come back all at once.
    """

    store: Store
    clock: Clock
    chance: Callable[[], float]

    async def __call__(self, job: Job, error: Exception) -> JobStatus:
        """What the error means for the job: bad input is final, an outage costs no attempt, the rest comes back.

        What killed its decoder comes back to be done in small steps. Told is where the job stands now.
        """
        told = error.detail if isinstance(error, DarkroomError) else f"internal error ({type(error).__name__})"
        if isinstance(error, Outage) and not error.blames_the_job:
            return await self._sit_out(job, told)
        permanent = isinstance(error, DarkroomError) and not isinstance(error, Outage)
        pause = job.after_failure(permanent=permanent, jitter=self.chance())
        if pause is None:
            return await self.for_good(job, told)
        return await self._later(job, told, pause, spent=True, gently=isinstance(error, DecoderLost))

    async def _sit_out(self, job: Job, told: str) -> JobStatus:
        """Wait about half as long again as the job is old: soon at first, then ever more rarely, but not for ever."""
        age = self.clock.now() - job.created_at
        if age > GIVEN_UP_AFTER:
            return await self.for_good(job, told)
        pause = min(max(age / 2, SHORTEST_PAUSE), LONGEST_PAUSE)
        return await self._later(job, told, pause * (1 + self.chance()), spent=False)

    async def for_good(self, job: Job, reason: str) -> JobStatus:
        """Give up."""
        now = self.clock.now()
        async with self.store.begin() as unit:
            await give_file_up(unit, job, reason, now)
            await unit.jobs.fail(held(job), error=reason)
            await unit.events.add(job_update(job, JobStatus.FAILED, now, error=reason))
            await queue_next(unit, job, now)
            await unit.commit()
        return JobStatus.FAILED

    async def _later(self, job: Job, error: str, after: timedelta, *, spent: bool, gently: bool = False) -> JobStatus:
        payload = {**job.payload, GENTLY: True} if gently else None
        async with self.store.begin() as unit:
            await unit.jobs.retry(held(job), error=error, after=after, spent=spent, payload=payload)
            if job.last_error != error:
                await unit.events.add(job_update(job, JobStatus.PENDING, self.clock.now(), error=error))
            await unit.commit()
        return JobStatus.PENDING
