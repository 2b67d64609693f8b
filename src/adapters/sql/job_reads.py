"""Jobs, looked at in SQL."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select, true

from adapters.sql.database import SqlDatabase
from adapters.sql.dbtime import After
from adapters.sql.paging import page_of
from adapters.sql.rows import job_of
from adapters.sql.scopes import inside, within
from adapters.sql.tables import jobs, projects
from domain.access import EVERYTHING, Scope
from domain.jobs import Job, JobCounts, JobStatus
from domain.pages import Page, PageRequest


class SqlJobReads:
    """Jobs, to look at."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def get(self, scope: Scope, job_id: UUID) -> Job | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_visible(scope).where(jobs.c.id == job_id))).one_or_none()
        return job_of(row) if row else None

    async def some(self, job_ids: Collection[UUID]) -> Sequence[Job]:
        if not job_ids:
            return []
        async with self._database.reading() as connection:
            rows = await connection.execute(_visible(EVERYTHING).where(jobs.c.id.in_(set(job_ids))))
            return [job_of(row) for row in rows]

    async def page(
        self, scope: Scope, status: JobStatus | None, request: PageRequest, *, project_id: UUID | None = None
    ) -> Page[Job]:
        query = _visible(scope).where(_is(status))
        if project_id is not None:
            query = query.where(jobs.c.project_id == project_id)
        async with self._database.reading() as connection:
            return await page_of(connection, query, jobs, request, job_of)

    async def projects(self, scope: Scope, status: JobStatus | None, limit: int) -> Sequence[tuple[UUID, str]]:
        c = projects.c
        has_some = exists().where(jobs.c.project_id == c.id, _is(status))
        there = select(c.id, c.name).where(inside(scope), c.erasing_at.is_(None), has_some)
        async with self._database.reading() as connection:
            rows = await connection.execute(there.order_by(c.created_at.desc(), c.id.desc()).limit(limit))
            return [(row.id, row.name) for row in rows]

    async def counts(self, scope: Scope) -> JobCounts:
        delayed = func.count().filter(jobs.c.due_at > After()).label("delayed")
        query = within(select(jobs.c.status, func.count().label("all"), delayed), jobs.c.project_id, scope)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query.group_by(jobs.c.status))).all()
        counted = {row.status: row for row in rows}
        pending = counted.get(JobStatus.PENDING)
        standing = {status.value: counted[status].all for status in JobStatus if status.ended and status in counted}
        return JobCounts(
            waiting=pending.all - pending.delayed if pending else 0,
            delayed=pending.delayed if pending else 0,
            active=counted[JobStatus.PROCESSING].all if JobStatus.PROCESSING in counted else 0,
            **standing,
        )


def _visible(scope: Scope) -> Select[Any]:
    return within(select(jobs), jobs.c.project_id, scope)


def _is(status: JobStatus | None) -> ColumnElement[bool]:
    return true() if status is None else jobs.c.status == status
