"""The door to the API keys of a project."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from application.ports.api_keys import ApiKeyReads
from application.ports.projects import ProjectReads
from application.projects.change_api_key import ChangeApiKey
from application.projects.create_api_key import CreateApiKey
from application.projects.delete_api_key import DeleteApiKey
from domain.access import UserCaller, scope_of
from domain.api_keys import ApiKeyMissing
from domain.projects import ProjectMissing
from entrypoints.http.log_context import add_context
from entrypoints.http.operations import Auth, Op
from entrypoints.http.origin import origin_of
from entrypoints.http.schemas.api_keys import KeyBody, KeyChangesBody, KeyPath, MadeKeyBody, NewKeyBody
from entrypoints.http.schemas.identity import MessageBody
from entrypoints.http.schemas.pages import PageBody, PageQuery, page_body
from entrypoints.http.schemas.projects import ProjectPath


@dataclass(frozen=True, slots=True)
class ApiKeysDoor:
    """Letting programs into a project, and keeping them out."""

    create_api_key: CreateApiKey
    change_api_key: ChangeApiKey
    delete_api_key: DeleteApiKey
    projects: ProjectReads
    api_keys: ApiKeyReads
    tag: str = "API Keys"

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        keys, one, user = "/projects/{project_id}/keys", "/projects/{project_id}/keys/{key_id}", Auth.USER
        missing = (ProjectMissing,)
        none_such = (ProjectMissing, ApiKeyMissing)
        return (
            Op("GET", keys, self.list_keys, "ApiKey", auth=user, errors=missing),
            Op(
                "POST", keys, self.make_key, "ApiKey", 201, auth=user, errors=missing, replayed=True, told_once=("key",)
            ),
            Op("PATCH", one, self.patch_key, "ApiKey", auth=user, errors=none_such),
            Op("DELETE", one, self.remove_key, "ApiKey", auth=user, errors=none_such),
        )

    async def list_keys(self, caller: UserCaller, path: ProjectPath, query: PageQuery) -> PageBody[KeyBody]:
        """A project's API keys, newest first, without their secrets."""
        project = await self.projects.get(scope_of(caller), path.project_id)
        if project is None or not project.open:
            raise ProjectMissing("there is no such project")
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

    async def patch_key(self, caller: UserCaller, request: Request, path: KeyPath, body: KeyChangesBody) -> MessageBody:
        """Switch an API key off or on, call it something else, or change when it ends."""
        add_context(key=path.key_id)
        await self.change_api_key(caller, path.project_id, path.key_id, body.changes(), origin_of(request, caller))
        return MessageBody(message="API Key updated successfully")

    async def remove_key(self, caller: UserCaller, request: Request, path: KeyPath) -> MessageBody:
        """Delete an API key; it opens nothing from then on."""
        add_context(key=path.key_id)
        await self.delete_api_key(caller, path.project_id, path.key_id, origin_of(request, caller))
        return MessageBody(message="API Key deleted successfully")
