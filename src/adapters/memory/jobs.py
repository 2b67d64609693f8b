"""Jobs in memory, inside units of work."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from adapters.memory.paging import page_of
from adapters.memory.projects import seen
from adapters.memory.state import Draft, MemoryDatabase, Rows, plain
from domain.access import Scope
from domain.errors import AlreadyThere
from domain.jobs import Job, JobStatus, Lease, LeaseLost
from domain.pages import Page, PageRequest
from domain.projects import ProjectMissing


class MemoryJobs:
    """Jobs, inside the unit of work that makes or ends them."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def add(self, job: Job, *, delay: timedelta = timedelta(0)) -> bool:
        rows, now = self._draft.rows, self._draft.clock.now()
        if job.project_id not in rows.projects:
            self._draft.refuse(ProjectMissing("the project is gone"))
        if job.id in rows.jobs:
            self._draft.refuse(AlreadyThere("this is there already"))
        if job.unique_key is not None and any(
            other.unique_key == job.unique_key and not other.status.ended for other in rows.jobs.values()
        ):
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
        )
        rows.jobs[job.id] = fresh
        return True

    async def complete(self, lease: Lease) -> None:
        self._end(lease, status=JobStatus.COMPLETED, progress=100)

    async def retry(self, lease: Lease, *, error: str, after: timedelta, spent: bool = True) -> None:
        job, run_at = self._held(lease), self._draft.clock.now() + after
        attempts = job.attempts - (0 if spent else 1)
        self._end(lease, status=JobStatus.PENDING, progress=0, run_at=run_at, last_error=error, attempts=attempts)

    async def fail(self, lease: Lease, *, error: str) -> None:
        self._end(lease, status=JobStatus.FAILED, last_error=error)

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


class MemoryJobReads:
    """Jobs, to look at."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, scope: Scope, job_id: UUID) -> Job | None:
        rows = self._database.rows
        job = rows.jobs.get(job_id)
        return job if job and seen(rows, scope, job.project_id) else None

    async def page(self, scope: Scope, status: JobStatus | None, request: PageRequest) -> Page[Job]:
        rows = self._database.rows
        wanted = (job for job in rows.jobs.values() if status in {None, job.status})
        return page_of((job for job in wanted if seen(rows, scope, job.project_id)), request)
