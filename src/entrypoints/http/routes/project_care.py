"""The door to what is done with a project as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from application.ports.clock import Clock
from application.ports.projects import ProjectReads
from application.ports.usage import UsageReads
from application.projects.delete_originals import DeleteOriginals
from application.projects.request_sync import RequestSync
from application.variants.plan_sync import PlanSync
from domain.access import UserCaller, scope_of
from domain.projects import OriginalsKept, Project, ProjectMissing
from domain.usage import period
from entrypoints.http.operations import Auth, Op, Reply
from entrypoints.http.origin import origin_of
from entrypoints.http.schemas.projects import DeletedOriginalsBody, ProjectPath
from entrypoints.http.schemas.syncs import SyncPlanBody, SyncQuery, SyncQueuedBody
from entrypoints.http.schemas.usage import UsageBody, UsageQuery


@dataclass(frozen=True, slots=True)
class ProjectCareDoor:
    """Syncing variants, giving up originals, and what was used."""

    request_sync: RequestSync
    plan_sync: PlanSync
    delete_originals: DeleteOriginals
    projects: ProjectReads
    usage: UsageReads
    clock: Clock
    tag: str = "Projects"

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        one, user, missing = "/projects/{project_id}", Auth.USER, (ProjectMissing,)
        planned, refused = {200: "What it would do, for a dry run"}, (ProjectMissing, OriginalsKept)
        return (
            Op("POST", f"{one}/sync-variants", self.sync, "Project", 202, auth=user, errors=missing, also=planned),
            Op("POST", f"{one}/delete-originals", self.give_up_originals, "Project", auth=user, errors=refused),
            Op("GET", f"{one}/usage", self.get_usage, "Project", auth=user, errors=missing),
        )

    async def sync(
        self, caller: UserCaller, path: ProjectPath, query: SyncQuery
    ) -> SyncQueuedBody | Reply[SyncPlanBody]:
        """Bring all variants in line with the settings; `?dry_run=true` only tells what there is to do."""
        if query.dry_run:
            plan = await self.plan_sync(await self._project(caller, path))
            return Reply(SyncPlanBody.of(plan), 200)
        if await self.request_sync(caller, path.project_id):
            return SyncQueuedBody(message="Variant sync queued", jobs_queued=1)
        return SyncQueuedBody(message="A variant sync is queued or under way already", jobs_queued=0)

    async def give_up_originals(self, caller: UserCaller, request: Request, path: ProjectPath) -> DeletedOriginalsBody:
        """Delete the originals of pictures whose variants are all made, by the recipes of today's settings.

        Pictures with a variant that failed, is being made or waits for a sync keep theirs, and so do files that are
        no pictures.
        """
        deleted = await self.delete_originals(caller, path.project_id, origin_of(request, caller))
        return DeletedOriginalsBody(
            message="Originals deleted successfully", deleted_count=deleted.count, freed_bytes=deleted.bytes
        )

    async def get_usage(self, caller: UserCaller, path: ProjectPath, query: UsageQuery) -> UsageBody:
        """What came in and what was made, day by day (UTC), by kind and by variant; days with nothing are left out."""
        asked = period(query.first, query.last, self.clock.now().date())
        project = await self._project(caller, path)
        lines = await self.usage.between(project.id, asked.first, asked.last)
        return UsageBody.of(project.id, asked, lines)

    async def _project(self, caller: UserCaller, path: ProjectPath) -> Project:
        project = await self.projects.get(scope_of(caller), path.project_id)
        if project is None or not project.open:
            raise ProjectMissing("there is no such project")
        return project
