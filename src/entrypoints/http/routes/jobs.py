"""The door to jobs: looking at them, and telling them what to do."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.jobs.cancel_job import CancelJob
from application.jobs.delete_job import DeleteJob
from application.jobs.retry_job import RetryJob
from application.ports.clock import Clock
from application.ports.events import EventReads
from application.ports.jobs import JobReads
from application.ports.projects import ProjectReads
from domain.access import KeyCaller, Permission, Scope, UserCaller, require, require_read, scope_of
from domain.events import EventKind
from domain.jobs import Job, JobEnded, JobMissing, JobNotEnded
from domain.pages import Page
from domain.projects import ProjectMissing
from entrypoints.http.log_context import add_context
from entrypoints.http.operations import Auth, Op
from entrypoints.http.schemas.jobs import (
    INSTALLATION,
    AllJobsQuery,
    DeletedJobBody,
    JobBody,
    JobCountsBody,
    JobHistoryBody,
    JobPath,
    JobsQuery,
    ProjectJobsBody,
    labels,
)

MOST_PROJECTS = 100
PAGES_AT_ONCE = 4
NO_PROJECT = UUID(int=0)  # by which jobs of no project are asked for


@dataclass(frozen=True, slots=True)
class JobsDoor:
    """What is to be done, is being done and was done."""

    jobs: JobReads
    events: EventReads
    projects: ProjectReads
    retry_job: RetryJob
    cancel_job: CancelJob
    delete_job: DeleteJob
    clock: Clock
    tag: str = "Jobs"

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        one, missing = "/jobs/{job_id}", (JobMissing,)
        return (
            Op("GET", "/jobs", self.list_jobs, "Jobs", auth=Auth.KEY),
            Op("GET", "/admin/jobs", self.list_all_jobs, "Jobs", auth=Auth.USER),
            Op("GET", "/jobs/stats", self.count_jobs, "Jobs", auth=Auth.USER),
            Op("GET", one, self.get_job, "Jobs", auth=Auth.USER, errors=missing),
            Op("DELETE", one, self.remove_job, "Jobs", auth=Auth.USER, errors=(*missing, JobNotEnded)),
            Op("POST", f"{one}/retry", self.retry, "Jobs", auth=Auth.USER, errors=(*missing, JobEnded, JobNotEnded)),
            Op("POST", f"{one}/cancel", self.cancel, "Jobs", auth=Auth.USER, errors=(*missing, JobEnded)),
        )

    async def list_jobs(self, caller: KeyCaller, query: JobsQuery) -> dict[str, ProjectJobsBody]:
        """The jobs of the key's project, newest first, under the project's name."""
        require_read(caller)
        project = await self.projects.get(scope_of(caller), caller.project_id)
        if project is None:
            raise ProjectMissing("there is no such project")
        page = await self.jobs.page(scope_of(caller), query.status, query.request())
        add_context(project=project.name, count=len(page.items))
        return {project.name: ProjectJobsBody.of(project.id, page, self.clock.now())}

    async def list_all_jobs(self, caller: UserCaller, query: AllJobsQuery) -> dict[str, ProjectJobsBody]:
        """The jobs of each project that has such jobs, newest first, under the project's name.

        Each project is paged by itself. Where several have the same name, it is followed by the project's id. Of
        more than a hundred projects the newest are shown; `project_id` shows any one of them. What looks after the
        installation as a whole is shown to superusers, under "(installation)".
        """
        require(caller, Permission.JOBS_VIEW)
        scope = scope_of(caller)
        projects = await self._projects(scope, query)
        named: list[tuple[str, UUID | None]] = list(zip(labels(projects), (id_ for id_, _ in projects), strict=True))
        if scope.everything and query.project_id is None:
            named.append((INSTALLATION, None))
        pages = await self._pages(scope, query, [id_ for _, id_ in named])
        now = self.clock.now()
        shown = {
            label: ProjectJobsBody.of(id_, page, now)
            for (label, id_), page in zip(named, pages, strict=True)
            if page.total
        }
        add_context(projects=len(shown))
        return shown

    async def count_jobs(self, caller: UserCaller) -> JobCountsBody:
        """How many jobs stand where."""
        require(caller, Permission.JOBS_VIEW)
        return JobCountsBody.of(await self.jobs.counts(scope_of(caller)))

    async def get_job(self, caller: UserCaller, path: JobPath) -> JobHistoryBody:
        """One job, with all its attempts and their errors."""
        job = await self._job(caller, path.job_id)
        events = await self.events.of_job(scope_of(caller), job.id)
        steps = [event for event in events if event.kind == EventKind.JOB_UPDATE]
        return JobHistoryBody.with_history(job, steps, self.clock.now())

    async def retry(self, caller: UserCaller, path: JobPath) -> JobBody:
        """Do a failed or cancelled job once more, at once and with all its attempts; its file waits again."""
        require(caller, Permission.JOBS_VIEW)
        return JobBody.of(await self.retry_job(caller, path.job_id), self.clock.now())

    async def cancel(self, caller: UserCaller, path: JobPath) -> JobBody:
        """Give up a job that has not ended; a worker that is at it stops."""
        require(caller, Permission.JOBS_VIEW)
        return JobBody.of(await self.cancel_job(caller, path.job_id), self.clock.now())

    async def remove_job(self, caller: UserCaller, path: JobPath) -> DeletedJobBody:
        """Forget a job that has ended."""
        require(caller, Permission.JOBS_VIEW)
        await self.delete_job(caller, path.job_id)
        return DeletedJobBody(id=path.job_id)

    async def _job(self, caller: UserCaller, job_id: UUID) -> Job:
        require(caller, Permission.JOBS_VIEW)
        job = await self.jobs.get(scope_of(caller), job_id)
        if job is None:
            raise JobMissing("there is no such job")
        return job

    async def _projects(self, scope: Scope, query: AllJobsQuery) -> Sequence[tuple[UUID, str]]:
        if query.project_id is None:
            return await self.jobs.projects(scope, query.status, MOST_PROJECTS)
        project = await self.projects.get(scope, query.project_id)
        return [] if project is None else [(project.id, project.name)]

    async def _pages(
        self, scope: Scope, query: AllJobsQuery, project_ids: Sequence[UUID | None]
    ) -> Sequence[Page[Job]]:
        """A few at a time: one caller must not take all connections."""
        slots = asyncio.Semaphore(PAGES_AT_ONCE)

        async def page(project_id: UUID | None) -> Page[Job]:
            async with slots:
                return await self.jobs.page(scope, query.status, query.request(), project_id=project_id or NO_PROJECT)

        return await asyncio.gather(*map(page, project_ids))
