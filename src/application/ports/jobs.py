"""Port: the queue. Every time in it is the database's own, so that no worker's clock matters."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from domain.access import Scope
from domain.jobs import Job, JobKind, JobStatus, Lease
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

    async def retry(self, lease: Lease, *, error: str, after: timedelta, spent: bool = True) -> None:
        """Back into the queue for later. `spent=False` gives the attempt back."""
        ...

    async def fail(self, lease: Lease, *, error: str) -> None:
        """It will not be tried again by itself."""
        ...


class JobQueue(Protocol):
    """Where workers get their jobs; each call stands for itself."""

    async def claim(self, *, slots: int, lease: timedelta, kinds: Collection[JobKind] | None = None) -> Sequence[Job]:
        """Up to `slots` due jobs, now `processing` under a fresh lease with the attempt counted.

        Each job goes to one claimer only. A job whose lease ran out is due again: its worker is taken for dead and
        `crashes` counted. Lower priority numbers first, then the longest due, and no project starves another.
        Without `kinds`, every `JobKind` is asked for; jobs of a kind that only a newer program knows stay where they
        are.
        """
        ...

    async def extend(self, lease: Lease, *, by: timedelta, progress: int) -> Lease:
        """The same lease until later; `LeaseLost` when it is somebody else's, ended or gone."""
        ...

    async def hand_back(self, lease: Lease) -> None:
        """Due again at once, the attempt given back; quiet when the lease is lost."""
        ...

    async def depth(self) -> int:
        """How many jobs are due and waiting."""
        ...


class JobReads(Protocol):
    """Jobs, to look at."""

    async def get(self, scope: Scope, job_id: UUID) -> Job | None:
        """The job, or nothing."""
        ...

    async def page(self, scope: Scope, status: JobStatus | None, request: PageRequest) -> Page[Job]:
        """Jobs, newest first."""
        ...
