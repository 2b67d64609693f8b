"""Getting work."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from application.jobs.recover_jobs import RecoverJobs
from application.ports.jobs import JobQueue
from application.ports.measures import Measures
from domain.jobs import Job, JobKind


@dataclass(frozen=True, slots=True)
class ClaimJob:
    """Take due jobs, as many as there are free slots."""

    queue: JobQueue
    recover: RecoverJobs
    lease: timedelta
    able: Collection[JobKind]
    measures: Measures

    async def __call__(self, slots: int, kinds: Collection[JobKind] | None = None) -> list[Job]:
        """Only of kinds that can be done here, and of those only `kinds` when some are named."""
        wanted = [kind for kind in self.able if kinds is None or kind in kinds]
        began = monotonic()
        jobs = await self.queue.claim(slots=slots, lease=self.lease, kinds=wanted)
        waited = [(job.kind, (job.updated_at - job.run_at).total_seconds()) for job in jobs]
        self.measures.claimed(monotonic() - began, waited)
        return await self.recover(jobs)
