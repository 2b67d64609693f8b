"""What a public bucket would show although it is private."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from application.ports.files import FileBatches
from application.ports.projects import ProjectReads
from domain.access import EVERYTHING
from domain.errors import Conflict
from domain.library import NOBODY
from domain.pages import PageRequest
from domain.projects import Project
from domain.settings import Visibility

AT_ONCE = 100


class PrivateExposed(Conflict):
    """A public bucket holds what only some may read."""

    code = "private_exposed"


@dataclass(frozen=True, slots=True)
class FindExposed:
    """Refuse to open a bucket to everybody in which private files lie among the others.

    They came in while it was not public. Where the library is protected, so must be its project.
    """

    projects: ProjectReads
    batches: FileBatches
    library_protected: bool

    async def __call__(self) -> None:
        """`PrivateExposed` names the first project whose files would be open."""
        async for project in self._every():
            if await self._exposed(project):
                raise PrivateExposed(
                    f"S3_PUBLIC_BUCKET=true would show the files of '{project.name}' ({project.id}) to everybody, "
                    "and they are private: use another bucket, or delete that project for good first"
                )

    async def _exposed(self, project: Project) -> bool:
        if project.settings.visibility is Visibility.PRIVATE:
            return await self.batches.lying_open(project.id)
        return self.library_protected and project.owner_id == NOBODY

    async def _every(self) -> AsyncIterator[Project]:
        for binned in (False, True):
            number, pages = 1, 1
            while number <= pages:
                page = await self.projects.page(EVERYTHING, PageRequest(number, AT_ONCE), binned=binned)
                number, pages = number + 1, page.pages
                for project in page.items:
                    yield project
