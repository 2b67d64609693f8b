"""Watching jobs as they go on."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from application.jobs.pulse import Pulse, set_within
from application.ports.events import EventLog
from application.ports.jobs import JobReads
from domain.access import Scope
from domain.errors import Outage
from domain.events import Event, EventKind, LoggedEvent, Position
from domain.jobs import Job, JobStatus

LOOKS_AROUND_EVERY = 0.5
BATCH = 100


@dataclass(frozen=True, slots=True)
class JobUpdate:
    """A job as it stood at a place in the log."""

    position: Position
    job: Job


@dataclass(frozen=True, slots=True)
class FollowEvents:
    """Tell what becomes of the jobs in a scope: each step, in order, from a position on.

    Jobs that are gone by now are left out. Whoever is slow to take a batch holds up nobody, and finds the rest in the
    log later.
    """

    log: EventLog
    jobs: JobReads
    pulse: Pulse

    async def beginning(self, told: Position | None) -> Position:
        """Behind what a caller was told last, or from now on; a place that the log never had means now, too."""
        end = await self.log.end()
        return end if told is None or told > end else told

    async def __call__(
        self, scope: Scope, position: Position, *, project_id: UUID | None = None
    ) -> AsyncGenerator[Sequence[JobUpdate], None]:
        """Batches as they come, without an end; an empty one now and then, for the caller to look around.

        While the database is away nothing comes, and nothing is lost.
        """
        async with self.pulse.felt(project_id) as news:
            news.set()
            while True:
                updates: Sequence[JobUpdate] = ()
                if await set_within(news, LOOKS_AROUND_EVERY):
                    news.clear()
                    try:
                        found = await self.log.after(
                            scope, position, limit=BATCH, project_id=project_id, kind=EventKind.JOB_UPDATE
                        )
                        updates = await self._updates(found)
                    except Outage:
                        await asyncio.sleep(LOOKS_AROUND_EVERY)
                        news.set()
                    else:
                        position = found[-1].position if found else position
                        if len(found) == BATCH:
                            news.set()
                yield updates

    async def _updates(self, found: Sequence[LoggedEvent]) -> Sequence[JobUpdate]:
        told = [(logged, logged.event.job_id) for logged in found if logged.event.job_id is not None]
        there = {job.id: job for job in await self.jobs.some({job_id for _, job_id in told})}
        return [
            JobUpdate(logged.position, as_it_stood(there[job_id], logged.event))
            for logged, job_id in told
            if job_id in there
        ]


def as_it_stood(job: Job, event: Event) -> Job:
    """A job at the moment of an event, which may be long past: what the event does not say was as it began."""
    status, attempts = JobStatus(event.data["status"]), event.data["attempts"]
    still = (job.status, job.attempts) == (status, attempts)
    return replace(
        job,
        status=status,
        attempts=attempts,
        progress=event.data.get("progress", job.progress if still else 0),
        last_error=event.data.get("error", job.last_error if still else None),
        updated_at=max(event.at, job.created_at),
        lease=None,
    )
