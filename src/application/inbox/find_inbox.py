"""Which project a request to the inbox is about."""

from dataclasses import dataclass
from uuid import UUID

from application.inbox.personal_project import PersonalProject
from application.ports.projects import ProjectReads
from domain.access import UserCaller, scope_of
from domain.audit import Origin
from domain.projects import Project, ProjectMissing


@dataclass(frozen=True, slots=True)
class FindInbox:
    """The project that a user names, or their own."""

    personal: PersonalProject
    projects: ProjectReads

    async def __call__(self, caller: UserCaller, named: UUID | None, origin: Origin) -> Project:
        """To put something into; their own is made when it is not there."""
        return await (self._named(caller, named) if named else self.personal(caller, origin))

    async def existing(self, caller: UserCaller, named: UUID | None) -> Project | None:
        """To look into; nothing where nobody ever put anything."""
        return await (self._named(caller, named) if named else self.personal.existing(caller))

    async def _named(self, caller: UserCaller, named: UUID) -> Project:
        project = await self.projects.get(scope_of(caller), named)
        if project is None or not project.open:
            raise ProjectMissing("there is no such project")
        return project
