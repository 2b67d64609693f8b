"""Jobs, looked at in SQL."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from adapters.sql.database import SqlDatabase
from adapters.sql.paging import page_of
from adapters.sql.rows import job_of
from adapters.sql.scopes import inside
from adapters.sql.tables import jobs, projects
from domain.access import Scope
from domain.jobs import Job, JobStatus
from domain.pages import Page, PageRequest


class SqlJobReads:
    """Jobs, to look at."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def get(self, scope: Scope, job_id: UUID) -> Job | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_visible(scope).where(jobs.c.id == job_id))).one_or_none()
        return job_of(row) if row else None

    async def page(self, scope: Scope, status: JobStatus | None, request: PageRequest) -> Page[Job]:
        query = _visible(scope)
        if status is not None:
            query = query.where(jobs.c.status == status)
        async with self._database.reading() as connection:
            return await page_of(connection, query, jobs, request, job_of)


def _visible(scope: Scope) -> Select[Any]:
    return select(jobs).join(projects, projects.c.id == jobs.c.project_id).where(inside(scope))
