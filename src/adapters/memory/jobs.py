"""Jobs in memory."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from adapters.memory.paging import page_of
from adapters.memory.projects import shown
from adapters.memory.state import Draft, MemoryDatabase, Rows, plain
from domain.access import Scope
from domain.errors import AlreadyThere
from domain.jobs import Job, JobCounts, JobStatus, Lease, LeaseLost
from domain.pages import Page, PageRequest
from domain.projects import ProjectMissing

_NOBODY = UUID(int=0)


class MemoryJobs:
    """Jobs, inside the unit of work that makes or ends them."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def add(self, job: Job, *, delay: timedelta = timedelta(0)) -> bool:
        rows, now = self._draft.rows, self._draft.clock.now()
        if job.project_id is not None and job.project_id not in rows.projects:
            self._draft.refuse(ProjectMissing("the project is gone"))
        if job.id in rows.jobs:
            self._draft.refuse(AlreadyThere("this is there already"))
        if _kept_out(rows, job):
            return False
        fresh = Job(
            id=job.id,
            project_id=job.project_id,
            file_id=job.file_id,
            kind=job.kind,
            status=JobStatus.PENDING,
            run_at=now + delay,
            created_at=now,
            updated_at=now,
            payload=plain(dict(job.payload)),
            priority=job.priority,
            max_attempts=job.max_attempts,
            unique_key=job.unique_key,
            trace=job.trace,
        )
        rows.jobs[job.id] = fresh
        return True

    async def complete(self, lease: Lease) -> None:
        self._end(lease, status=JobStatus.COMPLETED, progress=100)

    async def retry(
        self,
        lease: Lease,
        *,
        after: timedelta,
        error: str | None = None,
        spent: bool = True,
        payload: Mapping[str, Any] | None = None,
    ) -> None:
        job, run_at = self._held(lease), self._draft.clock.now() + after
        self._end(
            lease,
            status=JobStatus.PENDING,
            progress=0,
            run_at=run_at,
            last_error=job.last_error if error is None else error,
            attempts=job.attempts - (0 if spent else 1),
            payload=job.payload if payload is None else plain(dict(payload)),
        )

    async def fail(self, lease: Lease, *, error: str) -> None:
        self._end(lease, status=JobStatus.FAILED, last_error=error)

    async def note(self, lease: Lease, *, progress: int, payload: Mapping[str, Any] | None = None) -> None:
        job = self._held(lease)
        self._draft.rows.jobs[job.id] = replace(
            job,
            progress=progress,
            payload=job.payload if payload is None else plain(dict(payload)),
            updated_at=self._draft.clock.now(),
        )

    def _held(self, lease: Lease) -> Job:
        job = held(self._draft.rows, lease)
        return job or self._draft.refuse(LeaseLost("the job is somebody else's by now"))

    def _end(self, lease: Lease, **changes: Any) -> None:
        job = self._held(lease)
        self._draft.rows.jobs[job.id] = replace(job, **changes, lease=None, updated_at=self._draft.clock.now())


def held(rows: Rows, lease: Lease) -> Job | None:
    """The job of this lease while it is in force."""
    job = rows.jobs.get(lease.job_id)
    return job if job and job.lease and job.lease.token == lease.token else None


def _kept_out(rows: Rows, job: Job) -> bool:
    """Whether another unfinished job has its unique key."""
    return job.unique_key is not None and any(
        other.unique_key == job.unique_key and not other.status.ended and other.id != job.id
        for other in rows.jobs.values()
    )


class MemoryJobControl:
    """Jobs, inside the unit of work of somebody who looks after them."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def get(self, scope: Scope, job_id: UUID) -> Job | None:
        return _found(self._draft.rows, scope, job_id)

    async def requeue(self, job_id: UUID) -> bool:
        rows, now = self._draft.rows, self._draft.clock.now()
        job = rows.jobs.get(job_id)
        if job is None or _kept_out(rows, job):
            return False
        rows.jobs[job_id] = replace(
            job,
            status=JobStatus.PENDING,
            attempts=0,
            crashes=0,
            progress=0,
            run_at=now,
            lease=None,
            updated_at=now,
        )
        return True

    async def cancel(self, job_id: UUID) -> None:
        job = self._draft.rows.jobs.get(job_id)
        if job and not job.status.ended:
            self._draft.rows.jobs[job_id] = replace(
                job, status=JobStatus.CANCELLED, lease=None, updated_at=self._draft.clock.now()
            )

    async def remove(self, job_id: UUID) -> None:
        self._draft.rows.jobs.pop(job_id, None)


class MemoryJobReads:
    """Jobs, to look at."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, scope: Scope, job_id: UUID) -> Job | None:
        return _found(self._database.rows, scope, job_id)

    async def some(self, job_ids: Collection[UUID]) -> Sequence[Job]:
        kept = self._database.rows.jobs
        return [kept[job_id] for job_id in set(job_ids) if job_id in kept]

    async def page(
        self, scope: Scope, status: JobStatus | None, request: PageRequest, *, project_id: UUID | None = None
    ) -> Page[Job]:
        wanted = (job for job in self._those(scope, status) if project_id in {None, job.project_id or _NOBODY})
        return page_of(wanted, request)

    async def projects(self, scope: Scope, status: JobStatus | None, limit: int) -> Sequence[tuple[UUID, str]]:
        rows = self._database.rows
        wanted = {job.project_id for job in self._those(scope, status) if job.project_id is not None}
        there = [project for each in wanted if (project := shown(rows, scope, each)) is not None]
        newest_first = sorted(there, key=lambda project: (project.created_at, project.id), reverse=True)
        return [(project.id, project.name) for project in newest_first[:limit]]

    async def counts(self, scope: Scope) -> JobCounts:
        now = self._database.clock.now()
        counted = Counter(_standing(job, now) for job in self._those(scope, None))
        return JobCounts(**counted)

    def _those(self, scope: Scope, status: JobStatus | None) -> Sequence[Job]:
        rows = self._database.rows
        wanted = (job for job in rows.jobs.values() if status in {None, job.status})
        return [job for job in wanted if _inside(rows, scope, job)]


def _found(rows: Rows, scope: Scope, job_id: UUID) -> Job | None:
    job = rows.jobs.get(job_id)
    return job if job and _inside(rows, scope, job) else None


def _inside(rows: Rows, scope: Scope, job: Job) -> bool:
    return scope.everything or (job.project_id is not None and shown(rows, scope, job.project_id) is not None)


def _standing(job: Job, now: datetime) -> str:
    match job.status:
        case JobStatus.PENDING:
            return "waiting" if job.run_at <= now else "delayed"
        case JobStatus.PROCESSING:
            return "active"
        case _:
            return job.status.value
