"""Projects in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from adapters.memory.paging import page_of
from adapters.memory.state import Draft, MemoryDatabase, Rows
from domain.access import Scope
from domain.errors import AlreadyThere, ParentMissing
from domain.pages import Page, PageRequest
from domain.projects import UNLIMITED, Project


class MemoryProjects:
    """Projects, inside a unit of work."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def add(self, project: Project) -> None:
        if project.id in self._draft.rows.projects:
            self._draft.refuse(AlreadyThere("this is there already"))
        self._draft.rows.projects[project.id] = project

    async def get(self, scope: Scope, project_id: UUID) -> Project | None:
        return seen(self._draft.rows, scope, project_id)

    async def save(self, project: Project) -> None:
        kept = self._draft.rows.projects.get(project.id)
        if kept:
            self._draft.rows.projects[project.id] = replace(
                project,
                owner_id=kept.owner_id,
                slug=kept.slug,
                storage_used_bytes=kept.storage_used_bytes,
                transforms_used=kept.transforms_used,
                transforms_total=kept.transforms_total,
                files_count=kept.files_count,
            )

    async def remove(self, project_id: UUID) -> bool:
        rows = self._draft.rows
        if any(file.project_id == project_id for file in rows.files.values()):
            self._draft.refuse(ParentMissing("the project still has files"))
        rows.api_keys = {key.id: key for key in rows.api_keys.values() if key.project_id != project_id}
        rows.jobs = {job.id: job for job in rows.jobs.values() if job.project_id != project_id}
        rows.log = {number: event for number, event in rows.log.items() if event.project_id != project_id}
        rows.usage = {line: sums for line, sums in rows.usage.items() if line[0] != project_id}
        personal = rows.personal_projects.items()
        rows.personal_projects = {user_id: own for user_id, own in personal if own != project_id}
        rows.ingested = {id_: each for id_, each in rows.ingested.items() if each.version.project_id != project_id}
        return rows.projects.pop(project_id, None) is not None

    async def delete_owned(self, owner_id: UUID, at: datetime) -> int:
        projects = self._draft.rows.projects
        gone = [each.deleted(at) for each in projects.values() if each.owner_id == owner_id and not each.deleted_at]
        projects.update({each.id: each for each in gone})
        return len(gone)

    async def count(
        self, project_id: UUID, *, files: int = 0, stored: int = 0, transforms: int = 0, bounded: bool = True
    ) -> bool:
        kept = self._draft.rows.projects.get(project_id)
        if kept is None or (bounded and not kept.open):
            return False
        if bounded and stored > 0 and not _fits(kept.storage_limit_bytes, kept.storage_used_bytes + stored):
            return False
        if bounded and transforms > 0 and not _fits(kept.transforms_limit, kept.transforms_used + transforms):
            return False
        self._draft.rows.projects[project_id] = replace(
            kept,
            files_count=kept.files_count + files,
            storage_used_bytes=kept.storage_used_bytes + stored,
            transforms_used=kept.transforms_used + transforms,
            transforms_total=kept.transforms_total + transforms,
        )
        return True


def _fits(limit: int, wanted: int) -> bool:
    return limit == UNLIMITED or wanted <= limit


def seen(rows: Rows, scope: Scope, project_id: UUID) -> Project | None:
    """The project when it lies in the scope."""
    project = rows.projects.get(project_id)
    inside = project is not None and scope.covers(project_id=project.id, owner_id=project.owner_id)
    return project if inside else None


def shown(rows: Rows, scope: Scope, project_id: UUID) -> Project | None:
    """The project as anybody outside a unit of work sees it: not once it is being erased."""
    project = seen(rows, scope, project_id)
    return project if project and not project.erasing_at else None


class MemoryProjectReads:
    """Projects, to look at."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, scope: Scope, project_id: UUID) -> Project | None:
        return shown(self._database.rows, scope, project_id)

    async def page(self, scope: Scope, request: PageRequest, *, binned: bool = False) -> Page[Project]:
        rows = self._database.rows
        wanted = (project for project in rows.projects.values() if bool(project.deleted_at) is binned)
        return page_of((project for project in wanted if shown(rows, scope, project.id)), request)

    async def overdue(self, *, binned_for: timedelta, limit: int) -> Sequence[UUID]:
        since = self._database.clock.now() - binned_for
        binned = [(project.deleted_at, project) for project in self._database.rows.projects.values()]
        overdue = [(at, project.id) for at, project in binned if at and (at <= since or project.erasing_at)]
        return [project_id for _, project_id in sorted(overdue)[:limit]]
