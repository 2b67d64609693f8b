"""What is brought in from where, and for whom."""

from dataclasses import dataclass
from uuid import UUID

from application.ports.ingest_sources import IngestSource
from application.ports.projects import ProjectReads
from domain.access import EVERYTHING
from domain.cron import Cron
from domain.pages import LARGEST_PAGE, PageRequest
from domain.projects import Project, ProjectMissing


@dataclass(frozen=True, slots=True)
class Intake:
    """A source, the project that receives it (by id or slug), and when it is looked through."""

    source: IngestSource
    project: str
    schedule: Cron | None = None


@dataclass(frozen=True, slots=True)
class FindIntakeProject:
    """The project that an intake names."""

    projects: ProjectReads

    async def __call__(self, intake: Intake) -> Project:
        """`ProjectMissing` says why there is none to bring anything into."""
        try:
            found = await self.projects.get(EVERYTHING, UUID(intake.project))
        except ValueError:
            found = await self._by_slug(intake.project)
        if found is None or not found.open:
            raise ProjectMissing(f"INGEST_PROJECT: there is no project {intake.project!r}")
        return found

    async def _by_slug(self, slug: str) -> Project | None:
        number, found = 1, list[Project]()
        while True:
            page = await self.projects.page(EVERYTHING, PageRequest(number, LARGEST_PAGE))
            found += [project for project in page.items if project.slug == slug]
            if number >= page.pages:
                break
            number += 1
        if len(found) > 1:
            raise ProjectMissing(f"INGEST_PROJECT: {len(found)} projects are called {slug!r}; give the id of one")
        return found[0] if found else None
