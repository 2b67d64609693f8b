"""Port: the queue. Every time in it is the database's own, so that no worker's clock matters."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from domain.access import Scope
from domain.events import Event
from domain.jobs import Job, JobCounts, JobKind, JobStatus, Lease
from domain.pages import Page, PageRequest


class Jobs(Protocol):
    """Jobs, inside the unit of work that makes or ends them.

    Whoever ends a job shows its lease; `LeaseLost` says that the job is somebody else's by now, and undoes the unit.
    """

    async def add(self, job: Job, *, delay: timedelta = timedelta(0)) -> bool:
        """Queue a job, due after the delay; False, and nothing queued, while an unfinished one has its `unique_key`."""
        ...

    async def complete(self, lease: Lease) -> None:
        """It is done."""
        ...

    async def retry(
        self,
        lease: Lease,
        *,
        after: timedelta,
        error: str | None = None,
        spent: bool = True,
        payload: Mapping[str, Any] | None = None,
    ) -> None:
        """Back into the queue for later. `spent=False` gives the attempt back; `payload` replaces what it had."""
        ...

    async def fail(self, lease: Lease, *, error: str) -> None:
        """It will not be tried again by itself."""
        ...

    async def note(self, lease: Lease, *, progress: int, payload: Mapping[str, Any] | None = None) -> None:
        """Remember how far it came, so that whoever takes it up can go on from there."""
        ...


class JobControl(Protocol):
    """Jobs, inside the unit of work of somebody who looks after them."""

    async def get(self, scope: Scope, job_id: UUID) -> Job | None:
        """The job, held against other units until this one ends; or nothing."""
        ...

    async def requeue(self, job_id: UUID) -> bool:
        """Due again at once with all its attempts, whatever it came to; False while another has its `unique_key`."""
        ...

    async def cancel(self, job_id: UUID) -> None:
        """It will not be done; whoever is at it has lost the lease."""
        ...

    async def remove(self, job_id: UUID) -> None:
        """Forget it."""
        ...


class JobQueue(Protocol):
    """Where workers get their jobs; each call stands for itself."""

    async def claim(self, *, slots: int, lease: timedelta, kinds: Collection[JobKind] | None = None) -> Sequence[Job]:
        """Up to `slots` due jobs, now `processing` under a fresh lease with the attempt counted.

        Each job goes to one claimer only. A job whose lease ran out is due again: its worker is taken for dead and
        `crashes` counted. Lower priority numbers first, then the longest due, and no project starves another; the
        jobs of no project count as those of one.
        Without `kinds`, every `JobKind` is asked for; jobs of a kind that only a newer program knows stay where they
        are.
        """
        ...

    async def extend(self, lease: Lease, *, by: timedelta, progress: int) -> Lease:
        """The same lease until later; `LeaseLost` when it is somebody else's, ended or gone."""
        ...

    async def finish(self, lease: Lease, told: Event) -> None:
        """It is done, and its only effect is what is told of it; `LeaseLost` when it is somebody else's by now."""
        ...

    async def hand_back(self, lease: Lease) -> None:
        """Due again at once, the attempt given back; quiet when the lease is lost."""
        ...

    async def depth(self) -> int:
        """How many jobs are due and waiting."""
        ...


class JobReads(Protocol):
    """Jobs, to look at; those of no project only for everything."""

    async def get(self, scope: Scope, job_id: UUID) -> Job | None:
        """The job, or nothing."""
        ...

    async def some(self, job_ids: Collection[UUID]) -> Sequence[Job]:
        """Those of these jobs that are there."""
        ...

    async def page(
        self, scope: Scope, status: JobStatus | None, request: PageRequest, *, project_id: UUID | None = None
    ) -> Page[Job]:
        """Jobs, newest first; the nil UUID as `project_id` asks for those of no project."""
        ...

    async def projects(self, scope: Scope, status: JobStatus | None, limit: int) -> Sequence[tuple[UUID, str]]:
        """Ids and names of the projects that have such jobs, newest project first."""
        ...

    async def counts(self, scope: Scope) -> JobCounts:
        """How many stand where."""
        ...
