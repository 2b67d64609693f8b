"""The door to projects and their keys."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from application.ports.api_keys import ApiKeyReads
from application.ports.projects import ProjectReads
from application.projects.create_api_key import CreateApiKey
from application.projects.create_project import CreateProject
from domain.access import UserCaller, scope_of
from domain.errors import Forbidden
from domain.projects import Project, ProjectMissing
from entrypoints.http.log_context import add_context
from entrypoints.http.operations import Auth, Op
from entrypoints.http.origin import origin_of
from entrypoints.http.schemas.pages import PageBody, PageQuery, page_body
from entrypoints.http.schemas.projects import KeyBody, MadeKeyBody, NewKeyBody, NewProjectBody, ProjectBody, ProjectPath


@dataclass(frozen=True, slots=True)
class ProjectsDoor:
    """Making projects, and letting programs into them."""

    create_project: CreateProject
    create_api_key: CreateApiKey
    projects: ProjectReads
    api_keys: ApiKeyReads
    tag: str = "Projects"

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        one, keys = "/projects/{project_id}", "/projects/{project_id}/keys"
        missing = (ProjectMissing,)
        return (
            Op("GET", "/projects", self.list_projects, "Project", auth=Auth.USER),
            Op("POST", "/projects", self.make_project, "Project", 201, auth=Auth.USER, errors=(Forbidden,)),
            Op("GET", one, self.get_project, "Project", auth=Auth.USER, errors=missing),
            Op("GET", keys, self.list_keys, "ApiKey", auth=Auth.USER, errors=missing),
            Op("POST", keys, self.make_key, "ApiKey", 201, auth=Auth.USER, errors=missing),
        )

    async def list_projects(self, caller: UserCaller, query: PageQuery) -> PageBody[ProjectBody]:
        """The caller's projects, newest first."""
        page = await self.projects.page(scope_of(caller), query.request())
        add_context(count=len(page.items))
        return page_body(page, [ProjectBody.of(project) for project in page.items])

    async def make_project(self, caller: UserCaller, request: Request, body: NewProjectBody) -> ProjectBody:
        """Make a project."""
        add_context(name=body.name)
        origin = origin_of(request, caller)
        made = await self.create_project(
            caller, body.name, origin, description=body.description, settings=body.settings
        )
        return ProjectBody.of(made)

    async def get_project(self, caller: UserCaller, path: ProjectPath) -> ProjectBody:
        """One project."""
        return ProjectBody.of(await self._project(caller, path))

    async def list_keys(self, caller: UserCaller, path: ProjectPath, query: PageQuery) -> PageBody[KeyBody]:
        """A project's API keys, newest first, without their secrets."""
        await self._project(caller, path)
        page = await self.api_keys.page(path.project_id, query.request())
        return page_body(page, [KeyBody.of(key) for key in page.items])

    async def make_key(self, caller: UserCaller, request: Request, path: ProjectPath, body: NewKeyBody) -> MadeKeyBody:
        """Make an API key; the answer is the only place where the key itself is ever told."""
        key, secret = await self.create_api_key(
            caller,
            path.project_id,
            body.name,
            origin_of(request, caller),
            expires_at=body.expires_at,
            scopes=frozenset(body.scopes),
        )
        return MadeKeyBody.with_secret(key, secret)

    async def _project(self, caller: UserCaller, path: ProjectPath) -> Project:
        project = await self.projects.get(scope_of(caller), path.project_id)
        if project is None:
            raise ProjectMissing("there is no such project")
        return project
