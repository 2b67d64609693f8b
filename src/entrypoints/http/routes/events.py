"""The door for those who watch jobs as they go on."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from application.ports.projects import ProjectReads
from domain.access import Permission, UserCaller, require, scope_of
from domain.errors import Unavailable
from domain.projects import ProjectMissing
from entrypoints.http.event_streams import EVENT_STREAM, EventStreams, TooManyStreams
from entrypoints.http.operations import Auth, Op
from entrypoints.http.schemas.jobs import StreamHeaders, StreamQuery
from entrypoints.http.schemas.projects import ProjectPath


@dataclass(frozen=True, slots=True)
class EventsDoor:
    """Streams of server-sent events."""

    streams: EventStreams
    projects: ProjectReads
    tag: str = "Jobs"

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        refusals = (TooManyStreams, Unavailable)
        return (
            Op(
                "GET", "/admin/jobs/events", self.all_events, "Jobs",
                auth=Auth.USER, errors=refusals, media=EVENT_STREAM, token_in_query=True,
            ),
            Op(
                "GET", "/projects/{project_id}/events", self.project_events, "Jobs",
                auth=Auth.USER, errors=(ProjectMissing, *refusals), media=EVENT_STREAM, token_in_query=True,
            ),
        )  # fmt: skip

    async def all_events(self, caller: UserCaller, query: StreamQuery, headers: StreamHeaders) -> Response:
        """What becomes of the jobs of all projects: each step a `job_update`, with the job as it stood then as data.

        Goes on behind `Last-Event-ID`, or `last_event_id`, where one is sent, and ends with the session.
        """
        require(caller, Permission.JOBS_VIEW)
        return self.streams.answer(caller, _last(query, headers))

    async def project_events(
        self, caller: UserCaller, path: ProjectPath, query: StreamQuery, headers: StreamHeaders
    ) -> Response:
        """What becomes of the jobs of one project: each step a `job_update`, with the job as it stood then as data.

        Goes on behind `Last-Event-ID`, or `last_event_id`, where one is sent, and ends with the session.
        """
        if await self.projects.get(scope_of(caller), path.project_id) is None:
            raise ProjectMissing("there is no such project")
        return self.streams.answer(caller, _last(query, headers), project_id=path.project_id)


def _last(query: StreamQuery, headers: StreamHeaders) -> str | None:
    """A browser that comes back repeats its address as it was, and says in the header where it got to."""
    return headers.last_event_id or query.last_event_id
