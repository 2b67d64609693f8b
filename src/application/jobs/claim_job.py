"""Getting work."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from application.jobs.fail_job import FailJob
from application.ports.jobs import JobQueue
from domain.errors import Unavailable
from domain.jobs import CRASHES_FORGIVEN, Job, JobKind, LeaseLost


@dataclass(frozen=True, slots=True)
class ClaimJob:
    """Take due jobs, as many as there are free slots; one that keeps killing its workers is put aside."""

    queue: JobQueue
    fail: FailJob
    lease: timedelta
    able: Collection[JobKind]

    async def __call__(self, slots: int, kinds: Collection[JobKind] | None = None) -> list[Job]:
        """Only of kinds that can be done here, and of those only `kinds` when some are named."""
        wanted = [kind for kind in self.able if kinds is None or kind in kinds]
        fit = []
        for job in await self.queue.claim(slots=slots, lease=self.lease, kinds=wanted):
            if job.crashes > CRASHES_FORGIVEN:
                await self._put_aside(job)
            else:
                fit.append(job)
        return fit

    async def _put_aside(self, job: Job) -> None:
        # When this fails, the lease runs out and the next claim tries again; the other jobs claimed must not suffer.
        with suppress(LeaseLost, Unavailable):
            await self.fail.for_good(job, f"put aside: {job.crashes} workers died while they had this job")
