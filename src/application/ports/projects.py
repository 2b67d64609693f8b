"""Port: projects. What lies outside the scope is not there; what lies in the bin is, with its `deleted_at`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from domain.access import Scope
from domain.pages import Page, PageRequest
from domain.projects import Project


class Projects(Protocol):
    """Projects, inside a unit of work."""

    async def add(self, project: Project) -> None:
        """Keep a new project."""
        ...

    async def get(self, scope: Scope, project_id: UUID) -> Project | None:
        """The project, or nothing."""
        ...

    async def save(self, project: Project) -> None:
        """Replace everything but the counters, the slug and the owner."""
        ...

    async def remove(self, project_id: UUID) -> bool:
        """Forget a project with its API keys, jobs, events and usage; `ParentMissing` while it has files."""
        ...

    async def delete_owned(self, owner_id: UUID, at: datetime) -> int:
        """Put all projects of an owner into the bin; how many went there."""
        ...

    async def count(
        self, project_id: UUID, *, files: int = 0, stored: int = 0, transforms: int = 0, bounded: bool = True
    ) -> bool:
        """Add to the counters in one step; `transforms` to those of the period and the total alike.

        Bytes (`stored`) or transforms that would pass their limit, and anything for a project in the bin, change
        nothing at all and answer False; not `bounded`, they are counted all the same, as for variants that were
        promised already.
        """
        ...


class ProjectReads(Protocol):
    """Projects, to look at; those that are being erased are not there."""

    async def get(self, scope: Scope, project_id: UUID) -> Project | None:
        """The project, or nothing."""
        ...

    async def page(self, scope: Scope, request: PageRequest, *, binned: bool = False) -> Page[Project]:
        """Those not in the bin, or those in it, newest first."""
        ...

    async def overdue(self, *, binned_for: timedelta, limit: int) -> Sequence[UUID]:
        """Projects that have lain in the bin for so long, and those that somebody began to erase."""
        ...
