"""Which project an upload goes to."""

from dataclasses import dataclass
from uuid import UUID

from application.ports.projects import ProjectReads
from domain.access import Caller, KeyCaller, require_write, scope_of
from domain.errors import FieldError, Invalid
from domain.projects import Project, ProjectMissing


@dataclass(frozen=True, slots=True)
class FindProject:
    """The project of an API key, or the one a signed-in user names."""

    projects: ProjectReads

    async def __call__(self, caller: Caller, named: UUID | None) -> Project:
        require_write(caller)
        wanted = named or (caller.project_id if isinstance(caller, KeyCaller) else None)
        if wanted is None:
            raise Invalid(
                "say which project this is for: send the header X-Project-Id",
                errors=[FieldError("X-Project-Id", "is required when you are signed in as a user")],
            )
        project = await self.projects.get(scope_of(caller), wanted)
        if project is None or project.deleted_at is not None:
            raise ProjectMissing("there is no such project")
        return project
