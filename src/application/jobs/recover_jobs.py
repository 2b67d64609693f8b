"""Jobs whose workers died."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from application.jobs.fail_job import FailJob
from application.ports.measures import JobOutcome, Measures
from domain.errors import Unavailable
from domain.jobs import CRASHES_FORGIVEN, Job, LeaseLost


@dataclass(frozen=True, slots=True)
class RecoverJobs:
    """Go on with what dead workers left, but put aside what keeps killing them, so that the queue keeps moving.

    A job is due again by itself once the lease of its worker has run out.
    """

    fail: FailJob
    measures: Measures

    async def __call__(self, claimed: Iterable[Job]) -> list[Job]:
        """Those of the jobs just claimed that may be worked on."""
        fit = []
        for job in claimed:
            if job.crashes > CRASHES_FORGIVEN:
                await self._put_aside(job)
            else:
                fit.append(job)
        return fit

    async def _put_aside(self, job: Job) -> None:
        # When this fails, the lease runs out and the next claim tries again; the other jobs claimed must not suffer.
        with suppress(LeaseLost, Unavailable):
            await self.fail.for_good(job, f"put aside: {job.crashes} workers died while they had this job")
            self.measures.job_ended(job.kind, JobOutcome.PUT_ASIDE, 0)
