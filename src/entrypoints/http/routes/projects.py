"""The door to projects."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from application.ports.projects import ProjectReads
from application.projects.change_project import ChangeProject
from application.projects.create_project import CreateProject
from application.projects.delete_project import DeleteProject
from application.projects.purge_project import PurgeProject
from application.projects.restore_project import RestoreProject
from domain.access import UserCaller, scope_of
from domain.errors import Forbidden
from domain.projects import ProjectMissing, ProjectNotDeleted, TooManyProjects, VisibilityFixed
from entrypoints.http.log_context import add_context
from entrypoints.http.operations import Auth, Op, Reply
from entrypoints.http.origin import origin_of
from entrypoints.http.schemas.identity import MessageBody
from entrypoints.http.schemas.pages import PageBody, page_body
from entrypoints.http.schemas.projects import (
    DeleteQuery,
    NewProjectBody,
    ProjectBody,
    ProjectChangesBody,
    ProjectPath,
    ProjectsQuery,
    PurgingBody,
)


@dataclass(frozen=True, slots=True)
class ProjectsDoor:
    """Making, changing and deleting projects."""

    create_project: CreateProject
    change_project: ChangeProject
    delete_project: DeleteProject
    purge_project: PurgeProject
    restore_project: RestoreProject
    projects: ProjectReads
    tag: str = "Projects"

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        user, every, one, restore = Auth.USER, "/projects", "/projects/{project_id}", "/projects/{project_id}/restore"
        missing = (ProjectMissing,)
        later = {202: "Nobody sees anything of it any more; a job goes on removing its files"}
        made, restored = (Forbidden, TooManyProjects), (ProjectMissing, ProjectNotDeleted)
        return (
            Op("GET", every, self.list_projects, "Project", auth=user),
            Op("POST", every, self.make_project, "Project", 201, auth=user, errors=made, replayed=True),
            Op("GET", one, self.get_project, "Project", auth=user, errors=missing),
            Op("PUT", one, self.put_project, "Project", auth=user, errors=(Forbidden, ProjectMissing, VisibilityFixed)),
            Op("DELETE", one, self.remove_project, "Project", auth=user, errors=missing, also=later),
            Op("POST", restore, self.restore, "Project", auth=user, errors=restored),
        )

    async def list_projects(self, caller: UserCaller, query: ProjectsQuery) -> PageBody[ProjectBody]:
        """The caller's projects, newest first; those in the bin with `?deleted=true`."""
        page = await self.projects.page(scope_of(caller), query.request(), binned=query.deleted)
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
        """One project; `deleted_at` says since when it lies in the bin."""
        project = await self.projects.get(scope_of(caller), path.project_id)
        if project is None:
            raise ProjectMissing("there is no such project")
        return ProjectBody.of(project)

    async def put_project(
        self, caller: UserCaller, request: Request, path: ProjectPath, body: ProjectChangesBody
    ) -> ProjectBody:
        """Change a project; what is left out stays.

        `settings` replace those there are as a whole; without a `quota` in them the limit stays. The quota (in MiB)
        and `storage_limit_bytes` are the same thing. When other variants are wanted and `auto_sync` is on, a sync is
        queued.
        """
        changed = await self.change_project(caller, path.project_id, body.changes(), origin_of(request, caller))
        add_context(project=changed.name)
        return ProjectBody.of(changed)

    async def remove_project(
        self, caller: UserCaller, request: Request, path: ProjectPath, query: DeleteQuery
    ) -> MessageBody | Reply[PurgingBody]:
        """Put a project into the bin, or erase it with `?permanent=true`, also one that lies there.

        From the bin it can be restored for 30 days. What is erased is gone at once for everybody.
        """
        origin = origin_of(request, caller)
        if not query.permanent:
            await self.delete_project(caller, path.project_id, origin)
            return MessageBody(message="Project deleted successfully")
        purged = await self.purge_project(caller, path.project_id, origin)
        if purged.done:
            return MessageBody(message="Project deleted permanently")
        return Reply(PurgingBody(message="Project deleted; its files are being removed", job_id=purged.job_id), 202)

    async def restore(self, caller: UserCaller, request: Request, path: ProjectPath) -> ProjectBody:
        """Take a project out of the bin, with its files and keys, within 30 days."""
        restored = await self.restore_project(caller, path.project_id, origin_of(request, caller))
        return ProjectBody.of(restored)
