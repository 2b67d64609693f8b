"""The project that holds everything in the library."""

from dataclasses import dataclass
from uuid import UUID

from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.installation_secrets import InstallationSecrets
from application.ports.projects import ProjectReads
from application.ports.unit_of_work import Store
from domain.access import EVERYTHING
from domain.errors import AlreadyThere, Unavailable
from domain.library import LIBRARY, NOBODY
from domain.projects import Project, ProjectMissing
from domain.settings import ProjectSettings, Visibility

NAME = "library project"


@dataclass(frozen=True, slots=True)
class OpenLibrary:
    """Find the library's project, or make it: one for the whole installation, and nobody's own.

    It is private, since who may read entities is the library's own business; where everybody may, in a public bucket,
    it is public.
    """

    store: Store
    projects: ProjectReads
    secrets: InstallationSecrets
    clock: Clock
    ids: Ids
    public: bool = False

    async def __call__(self) -> Project:
        project_id = UUID(await self.secrets.keep(NAME, lambda: str(self.ids.new())))
        project = await self.projects.get(EVERYTHING, project_id) or await self._made(project_id)
        if project.deleted_at is not None:
            raise ProjectMissing("the library was deleted; a superuser can restore its project")
        return project

    async def _made(self, project_id: UUID) -> Project:
        now = self.clock.now()
        visibility = Visibility.PUBLIC if self.public else Visibility.PRIVATE
        settings = ProjectSettings(visibility=visibility)
        project = Project(project_id, NOBODY, LIBRARY, LIBRARY, now, now, settings=settings)
        try:
            async with self.store.begin() as unit:
                await unit.projects.add(project)
                await unit.commit()
        except AlreadyThere:
            there = await self.projects.get(EVERYTHING, project_id)
            if there is None:
                raise Unavailable("the library's project is being erased; try again once it is gone") from None
            return there
        return project
