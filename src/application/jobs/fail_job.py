"""When work does not come to its end."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from application.ports.clock import Clock
from application.ports.unit_of_work import Store, UnitOfWork
from domain.access import EVERYTHING
from domain.errors import DarkroomError, Outage
from domain.events import Event, EventKind
from domain.jobs import Job, JobStatus, Lease, LeaseLost
from domain.media import FileStatus

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

    async def __call__(self, job: Job, error: Exception) -> None:
        """What the error means for the job: bad input is final, an outage costs no attempt, the rest comes back."""
        lease = held(job)
        told = error.detail if isinstance(error, DarkroomError) else f"internal error ({type(error).__name__})"
        if isinstance(error, Outage) and not error.blames_the_job:
            return await self._sit_out(job, lease, told)
        permanent = isinstance(error, DarkroomError) and not isinstance(error, Outage)
        pause = job.after_failure(permanent=permanent, jitter=self.chance())
        if pause is None:
            return await self.for_good(job, told)
        return await self._later(job, lease, told, pause, spent=True)

    async def _sit_out(self, job: Job, lease: Lease, told: str) -> None:
        """Wait about half as long again as the job is old: soon at first, then ever more rarely, but not for ever."""
        age = self.clock.now() - job.created_at
        if age > GIVEN_UP_AFTER:
            return await self.for_good(job, told)
        pause = min(max(age / 2, SHORTEST_PAUSE), LONGEST_PAUSE)
        return await self._later(job, lease, told, pause * (1 + self.chance()), spent=False)

    async def for_good(self, job: Job, reason: str) -> None:
        """Give up."""
        async with self.store.begin() as unit:
            await unit.jobs.fail(held(job), error=reason)
            await self._note(unit, job, JobStatus.FAILED, reason)
            await self._fail_file(unit, job, reason)
            await unit.commit()

    async def _later(self, job: Job, lease: Lease, error: str, after: timedelta, *, spent: bool) -> None:
        async with self.store.begin() as unit:
            await unit.jobs.retry(lease, error=error, after=after, spent=spent)
            if job.last_error != error:
                await self._note(unit, job, JobStatus.PENDING, error)
            await unit.commit()

    async def _note(self, unit: UnitOfWork, job: Job, status: JobStatus, error: str) -> None:
        data = {"status": status.value, "attempts": job.attempts, "error": error}
        now = self.clock.now()
        await unit.events.add(Event(EventKind.JOB_UPDATE, job.project_id, now, job.file_id, job.id, data))

    async def _fail_file(self, unit: UnitOfWork, job: Job, reason: str) -> None:
        file = await unit.files.get(EVERYTHING, job.file_id) if job.file_id else None
        if file is None or file.status is not FileStatus.PROCESSING:
            return
        now = self.clock.now()
        await unit.files.save(replace(file, status=FileStatus.FAILED, reason=reason, updated_at=now))
        await unit.files.save_variants(file.id, [v.refused(reason) for v in file.variants if not v.held().ready])
        await unit.events.add(Event(EventKind.FILE_FAILED, job.project_id, now, file.id, job.id, {"reason": reason}))


def held(job: Job) -> Lease:
    """The lease under which a claimed job is worked on."""
    if job.lease is None:
        raise LeaseLost("nobody holds this job")
    return job.lease
