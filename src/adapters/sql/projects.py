"""Projects in SQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, delete, insert, or_, select, update

from adapters.sql.database import SqlDatabase
from adapters.sql.dbtime import After
from adapters.sql.paging import page_of
from adapters.sql.rows import project_of, project_row
from adapters.sql.scopes import INSIDE_ASKED, asked, inside
from adapters.sql.tables import events, jobs, projects
from adapters.sql.transaction import Transaction
from domain.access import Scope
from domain.pages import Page, PageRequest
from domain.projects import UNLIMITED, Project

_NEVER_SAVED = ("id", "owner_id", "slug", "storage_used_bytes", "transforms_used", "transforms_total", "files_count")


_HELD = select(projects).where(projects.c.id == bindparam("wanted_id"), INSIDE_ASKED).with_for_update(key_share=True)


class SqlProjects:
    """Projects, inside a unit of work."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, project: Project) -> None:
        await self._transaction.execute(insert(projects).values(project_row(project)))

    async def get(self, scope: Scope, project_id: UUID) -> Project | None:
        row = (await self._transaction.execute(_HELD, {**asked(scope), "wanted_id": project_id})).one_or_none()
        return project_of(row) if row else None

    async def save(self, project: Project) -> None:
        changes = {name: value for name, value in project_row(project).items() if name not in _NEVER_SAVED}
        await self._transaction.execute(update(projects).where(projects.c.id == project.id).values(changes))

    async def remove(self, project_id: UUID) -> bool:
        # First the project itself, which files would forbid.
        gone = await self._transaction.execute(delete(projects).where(projects.c.id == project_id))
        for table in (jobs, events):
            await self._transaction.execute(delete(table).where(table.c.project_id == project_id))
        return gone.rowcount == 1

    async def delete_owned(self, owner_id: UUID, at: datetime) -> int:
        theirs = (projects.c.owner_id == owner_id, projects.c.deleted_at.is_(None))
        gone = await self._transaction.execute(update(projects).where(*theirs).values(deleted_at=at, updated_at=at))
        return gone.rowcount

    async def count(
        self, project_id: UUID, *, files: int = 0, stored: int = 0, transforms: int = 0, bounded: bool = True
    ) -> bool:
        c = projects.c
        statement = update(projects).where(c.id == project_id)
        if bounded:
            statement = statement.where(c.deleted_at.is_(None), c.erasing_at.is_(None))
        if bounded and stored > 0:
            statement = statement.where(_fits(c.storage_limit_bytes, c.storage_used_bytes + stored))
        if bounded and transforms > 0:
            statement = statement.where(_fits(c.transforms_limit, c.transforms_used + transforms))
        counted = await self._transaction.execute(
            statement.values(
                files_count=c.files_count + files,
                storage_used_bytes=c.storage_used_bytes + stored,
                transforms_used=c.transforms_used + transforms,
                transforms_total=c.transforms_total + transforms,
            )
        )
        return counted.rowcount == 1


def _fits(limit: ColumnElement[int], wanted: ColumnElement[int]) -> ColumnElement[bool]:
    return or_(limit == UNLIMITED, wanted <= limit)


class SqlProjectReads:
    """Projects, to look at."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def get(self, scope: Scope, project_id: UUID) -> Project | None:
        query = select(projects).where(projects.c.id == project_id, projects.c.erasing_at.is_(None), inside(scope))
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return project_of(row) if row else None

    async def page(self, scope: Scope, request: PageRequest, *, binned: bool = False) -> Page[Project]:
        deleted_at = projects.c.deleted_at
        wanted = deleted_at.is_not(None) if binned else deleted_at.is_(None)
        query = select(projects).where(wanted, projects.c.erasing_at.is_(None), inside(scope))
        async with self._database.reading() as connection:
            return await page_of(connection, query, projects, request, project_of)

    async def overdue(self, *, binned_for: timedelta, limit: int) -> Sequence[UUID]:
        c = projects.c
        over = or_(c.deleted_at <= After(-binned_for), c.erasing_at.is_not(None))
        query = select(c.id).where(c.deleted_at.is_not(None), over).order_by(c.deleted_at, c.id).limit(limit)
        async with self._database.reading() as connection:
            return (await connection.execute(query)).scalars().all()
