"""The queue as a whole, in memory."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from adapters.memory.state import MemoryDatabase
from application.ports.backlog import JobState, Standing
from domain.jobs import Job, JobStatus


class MemoryBacklog:
    """Counts jobs."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def unfinished(self) -> Sequence[Standing]:
        now, by_kind = self._database.clock.now(), defaultdict[str, list[Job]](list)
        for job in self._database.rows.jobs.values():
            if not job.status.ended:
                by_kind[job.kind].append(job)
        return [standing for kind, jobs in by_kind.items() for standing in _standings(kind, jobs, now)]

    async def ended(self) -> Sequence[Standing]:
        counted = defaultdict[tuple[str, JobStatus], int](int)
        for job in self._database.rows.jobs.values():
            if job.status.ended:
                counted[job.kind, job.status] += 1
        return [Standing(kind, JobState(status.value), jobs) for (kind, status), jobs in counted.items()]


def _standings(kind: str, jobs: list[Job], now: datetime) -> list[Standing]:
    active = sum(job.status is JobStatus.PROCESSING for job in jobs)
    delayed = sum(job.status is JobStatus.PENDING and job.run_at > now for job in jobs)
    oldest = min(job.lease.until if job.lease else job.run_at for job in jobs)
    return [
        Standing(kind, JobState.WAITING, len(jobs) - active - delayed, max(0.0, (now - oldest).total_seconds())),
        Standing(kind, JobState.DELAYED, delayed),
        Standing(kind, JobState.ACTIVE, active),
    ]
