"""Jobs in SQL, for whoever looks after them."""

from uuid import UUID

from sqlalchemy import delete, select, update

from adapters.sql.dbtime import After
from adapters.sql.rows import job_of
from adapters.sql.scopes import within
from adapters.sql.tables import jobs
from adapters.sql.transaction import Transaction
from domain.access import Scope
from domain.jobs import Job, JobStatus


class SqlJobControl:
    """Jobs, inside the unit of work of somebody who looks after them."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def get(self, scope: Scope, job_id: UUID) -> Job | None:
        query = within(select(jobs), jobs.c.project_id, scope).where(jobs.c.id == job_id)
        row = (await self._transaction.execute(query.with_for_update(of=jobs, key_share=True))).one_or_none()
        return job_of(row) if row else None

    async def requeue(self, job_id: UUID) -> bool:
        afresh = {"status": JobStatus.PENDING, "attempts": 0, "crashes": 0, "progress": 0, "lease_token": None}
        now = {"run_at": After(), "due_at": After(), "updated_at": After()}
        # The index of unique keys decides: somebody may be queueing another one at this very moment.
        queued = await self._transaction.attempt(update(jobs).where(jobs.c.id == job_id).values(**afresh, **now))
        return queued is not None and queued.rowcount == 1

    async def cancel(self, job_id: UUID) -> None:
        unfinished = jobs.c.status.in_([JobStatus.PENDING, JobStatus.PROCESSING])
        cancelled = {"status": JobStatus.CANCELLED, "lease_token": None, "updated_at": After()}
        await self._transaction.execute(update(jobs).where(jobs.c.id == job_id, unfinished).values(cancelled))

    async def remove(self, job_id: UUID) -> None:
        await self._transaction.execute(delete(jobs).where(jobs.c.id == job_id))
