"""The queue in memory, as workers use it."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from adapters.memory.events import MemoryEvents
from adapters.memory.jobs import MemoryJobs, held
from adapters.memory.state import Draft, MemoryDatabase
from domain.events import Event
from domain.jobs import Job, JobKind, JobStatus, Lease, LeaseLost

_NOBODY = UUID(int=0)


class MemoryJobQueue:
    """Where workers get their jobs. It remembers whom it served last, so that projects take turns."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database
        self._served = _NOBODY

    async def claim(self, *, slots: int, lease: timedelta, kinds: Collection[JobKind] | None = None) -> Sequence[Job]:
        wanted = frozenset(JobKind if kinds is None else kinds)
        async with self._database.writing():
            now = self._database.clock.now()
            due = [job for job in self._due(now) if job.kind in wanted]
            picked = self._in_turn(due)[: max(slots, 0)]
            if picked:
                self._served = _lane(picked[-1])
            claimed = [_taken(job, now, lease) for job in picked]
            self._database.rows.jobs |= {job.id: job for job in claimed}
        return sorted(claimed, key=lambda job: (job.priority, job.run_at, job.id))

    async def extend(self, lease: Lease, *, by: timedelta, progress: int) -> Lease:
        async with self._database.writing():
            job, now = held(self._database.rows, lease), self._database.clock.now()
            if job is None:
                raise LeaseLost("the job is somebody else's by now")
            longer = replace(lease, until=now + by)
            self._database.rows.jobs[job.id] = replace(job, lease=longer, progress=progress, updated_at=now)
        return longer

    async def finish(self, lease: Lease, told: Event) -> None:
        async with self._database.writing():
            draft = Draft(self._database.rows.copy(), self._database.clock)
            await MemoryJobs(draft).complete(lease)
            await MemoryEvents(draft).add(told)
            self._database.rows = draft.finish()

    async def hand_back(self, lease: Lease) -> None:
        async with self._database.writing():
            job = held(self._database.rows, lease)
            if job:
                self._database.rows.jobs[job.id] = replace(
                    job,
                    status=JobStatus.PENDING,
                    attempts=job.attempts - 1,
                    progress=0,
                    lease=None,
                    updated_at=self._database.clock.now(),
                )

    async def depth(self) -> int:
        return len(self._due(self._database.clock.now()))

    def _due(self, now: datetime) -> list[Job]:
        unfinished = (job for job in self._database.rows.jobs.values() if not job.status.ended)
        return [job for job in unfinished if _due_at(job) <= now]

    def _in_turn(self, due: Sequence[Job]) -> list[Job]:
        turns: Counter[tuple[int, UUID]] = Counter()
        order = []
        for job in sorted(due, key=lambda job: (_due_at(job), job.id)):
            lane = (job.priority, _lane(job))
            if job.lease is None:
                turns[lane] += 1
            turn = turns[lane] if job.lease is None else 0
            order.append((job.priority, turn, _lane(job) <= self._served, _lane(job), job))
        return [entry[-1] for entry in sorted(order, key=lambda entry: entry[:-1])]


def _lane(job: Job) -> UUID:
    return job.project_id or _NOBODY


def _due_at(job: Job) -> datetime:
    return job.lease.until if job.lease else job.run_at


def _taken(job: Job, now: datetime, lease: timedelta) -> Job:
    return replace(
        job,
        status=JobStatus.PROCESSING,
        attempts=job.attempts + 1,
        crashes=job.crashes + (job.status is JobStatus.PROCESSING),
        progress=0,
        lease=Lease(job.id, uuid4(), now + lease),
        updated_at=now,
    )
