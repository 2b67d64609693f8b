"""Jobs in SQL, inside units of work."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Update, insert, text, update

from adapters.sql.dbtime import After
from adapters.sql.inserting import insert_into
from adapters.sql.tables import jobs
from adapters.sql.transaction import Transaction
from domain.errors import ParentMissing
from domain.jobs import Job, JobStatus, Lease, LeaseLost
from domain.projects import ProjectMissing

_WHILE_UNFINISHED = text("unique_key IS NOT NULL AND status IN ('pending', 'processing')")


class SqlJobs:
    """Jobs, inside the unit of work that makes or ends them."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, job: Job, *, delay: timedelta = timedelta(0)) -> bool:
        adding = insert_into(jobs, self._transaction.dialect).values(_new(job, delay))
        refusing = adding.on_conflict_do_nothing(index_elements=[jobs.c.unique_key], index_where=_WHILE_UNFINISHED)
        statement = insert(jobs).values(_new(job, delay)) if job.unique_key is None else refusing
        try:
            added = await self._transaction.execute(statement)
        except ParentMissing:
            self._transaction.refuse(ProjectMissing("the project is gone"))
        return added.rowcount == 1

    async def complete(self, lease: Lease) -> None:
        await self._end(lease, status=JobStatus.COMPLETED, progress=100)

    async def retry(self, lease: Lease, *, error: str, after: timedelta, spent: bool = True) -> None:
        again = {"status": JobStatus.PENDING, "progress": 0, "run_at": After(after), "due_at": After(after)}
        await self._end(lease, **again, last_error=error, attempts=jobs.c.attempts - (0 if spent else 1))

    async def fail(self, lease: Lease, *, error: str) -> None:
        await self._end(lease, status=JobStatus.FAILED, last_error=error)

    async def _end(self, lease: Lease, **changes: Any) -> None:
        ended = await self._transaction.execute(of_lease(lease).values(**changes, lease_token=None, updated_at=After()))
        if not ended.rowcount:
            self._transaction.refuse(LeaseLost("the job is somebody else's by now"))


def of_lease(lease: Lease) -> Update:
    """A change to the job of this lease while it is in force."""
    in_force: ColumnElement[bool] = jobs.c.lease_token == lease.token
    return update(jobs).where(jobs.c.id == lease.job_id, in_force)


def _new(job: Job, delay: timedelta) -> dict[str, Any]:
    kept = ("id", "project_id", "file_id", "kind", "priority", "max_attempts", "unique_key")
    fresh = {"status": JobStatus.PENDING, "payload": dict(job.payload), "attempts": 0, "crashes": 0, "progress": 0}
    times = {"run_at": After(delay), "due_at": After(delay), "created_at": After(), "updated_at": After()}
    return {**{name: getattr(job, name) for name in kept}, **fresh, **times}
