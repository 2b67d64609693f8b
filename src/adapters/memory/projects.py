"""Projects in memory."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from adapters.memory.paging import page_of
from adapters.memory.state import Draft, MemoryDatabase, Rows
from domain.access import Scope
from domain.errors import AlreadyThere
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

    async def delete_owned(self, owner_id: UUID, at: datetime) -> int:
        projects = self._draft.rows.projects
        gone = [each.deleted(at) for each in projects.values() if each.owner_id == owner_id and not each.deleted_at]
        projects.update({each.id: each for each in gone})
        return len(gone)

    async def count(
        self, project_id: UUID, *, files: int = 0, stored: int = 0, transforms: int = 0, bounded: bool = True
    ) -> bool:
        kept = self._draft.rows.projects.get(project_id)
        if kept is None:
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


class MemoryProjectReads:
    """Projects, to look at."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, scope: Scope, project_id: UUID) -> Project | None:
        return seen(self._database.rows, scope, project_id)

    async def page(self, scope: Scope, request: PageRequest) -> Page[Project]:
        rows = self._database.rows
        return page_of((p for p in rows.projects.values() if not p.deleted_at and seen(rows, scope, p.id)), request)
