"""Jobs in SQL, inside units of work."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Update, bindparam, exists, select, text, true, update

from adapters.sql.dbtime import After
from adapters.sql.inserting import insert_into
from adapters.sql.tables import jobs, projects
from adapters.sql.transaction import Transaction
from domain.jobs import Job, JobStatus, Lease, LeaseLost
from domain.projects import ProjectMissing

_WHILE_UNFINISHED = text("unique_key IS NOT NULL AND status IN ('pending', 'processing')")


# Built once, since every job that goes well ends by it.
COMPLETED = (
    update(jobs)
    .where(jobs.c.id == bindparam("job_id"), jobs.c.lease_token == bindparam("token"))
    .values(status=JobStatus.COMPLETED, progress=100, lease_token=None, updated_at=After())
)


class SqlJobs:
    """Jobs, inside the unit of work that makes or ends them."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, job: Job, *, delay: timedelta = timedelta(0)) -> bool:
        new = _new(job, delay)
        # No foreign key asks for the project, since some jobs have none and some outlive it.
        wanted = select(*[_typed(name, value) for name, value in new.items()]).where(_has_project(job))
        adding = insert_into(jobs, self._transaction.dialect).from_select(list(new), wanted)
        if job.unique_key is not None:
            adding = adding.on_conflict_do_nothing(index_elements=[jobs.c.unique_key], index_where=_WHILE_UNFINISHED)
        added = (await self._transaction.execute(adding)).rowcount == 1
        if not added and not (await self._transaction.execute(select(_has_project(job)))).scalar_one():
            self._transaction.refuse(ProjectMissing("the project is gone"))
        return added

    async def complete(self, lease: Lease) -> None:
        ended = await self._transaction.execute(COMPLETED, {"job_id": lease.job_id, "token": lease.token})
        self._require_one(ended.rowcount)

    async def retry(
        self,
        lease: Lease,
        *,
        after: timedelta,
        error: str | None = None,
        spent: bool = True,
        payload: Mapping[str, Any] | None = None,
    ) -> None:
        again = {"status": JobStatus.PENDING, "progress": 0, "run_at": After(after), "due_at": After(after)}
        told = {} if error is None else {"last_error": error}
        await self._end(lease, **again, **told, **_changed(payload), attempts=jobs.c.attempts - (0 if spent else 1))

    async def fail(self, lease: Lease, *, error: str) -> None:
        await self._end(lease, status=JobStatus.FAILED, last_error=error)

    async def note(self, lease: Lease, *, progress: int, payload: Mapping[str, Any] | None = None) -> None:
        await self._change(lease, progress=progress, **_changed(payload))

    async def _end(self, lease: Lease, **changes: Any) -> None:
        await self._change(lease, **changes, lease_token=None)

    async def _change(self, lease: Lease, **changes: Any) -> None:
        changed = await self._transaction.execute(of_lease(lease).values(**changes, updated_at=After()))
        self._require_one(changed.rowcount)

    def _require_one(self, changed: int) -> None:
        if not changed:
            self._transaction.refuse(lease_lost())


def lease_lost() -> LeaseLost:
    """What whoever shows an old lease is told."""
    return LeaseLost("the job is somebody else's by now")


def of_lease(lease: Lease) -> Update:
    """A change to the job of this lease while it is in force."""
    in_force: ColumnElement[bool] = jobs.c.lease_token == lease.token
    return update(jobs).where(jobs.c.id == lease.job_id, in_force)


def _changed(payload: Mapping[str, Any] | None) -> dict[str, Any]:
    return {} if payload is None else {"payload": dict(payload)}


def _has_project(job: Job) -> ColumnElement[bool]:
    if job.project_id is None:
        return true()
    return exists().where(projects.c.id == job.project_id)


def _typed(name: str, value: Any) -> ColumnElement[Any]:
    return value if isinstance(value, After) else bindparam(None, value, type_=jobs.c[name].type).label(name)


def _new(job: Job, delay: timedelta) -> dict[str, Any]:
    kept = ("id", "project_id", "file_id", "kind", "priority", "max_attempts", "unique_key", "trace")
    fresh = {"status": JobStatus.PENDING, "payload": dict(job.payload), "attempts": 0, "crashes": 0, "progress": 0}
    times = {"run_at": After(delay), "due_at": After(delay), "created_at": After(), "updated_at": After()}
    return {**{name: getattr(job, name) for name in kept}, **fresh, **times}
