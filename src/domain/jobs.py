"""Jobs: work that is done at least once, by at most one worker at a time, with exactly one effect."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self
from uuid import UUID

from domain.errors import Conflict, NotFound

JOBS_TOPIC = "jobs"
CRASHES_FORGIVEN = 2
FIRST_DELAY = timedelta(seconds=2)
LONGEST_DELAY = timedelta(minutes=10)
GENTLY = "gently"
"""In the payload of a job that killed its decoder: next time one thing after the other."""


class JobKind(StrEnum):
    """What there is to do."""

    PROCESS_IMAGE = "ProcessImage"
    SYNC_PROJECT_VARIANTS = "SyncProjectVariants"
    SYNC_FILE_VARIANTS = "SyncFileVariants"
    PROCESS_MEDIA = "ProcessMedia"
    INGEST_MEDIA = "IngestMedia"
    INGEST_OBJECT = "IngestObject"
    HASH_FILE = "HashFile"
    SCREEN_FILE = "ScreenFile"
    SCREEN_FILES = "ScreenFiles"
    PURGE_PROJECT = "PurgeProject"
    PURGE_DELETED_PROJECTS = "PurgeDeletedProjects"
    SWEEP_ORPHANS = "SweepOrphans"
    PRUNE_HISTORY = "PruneHistory"


QUEUES: Mapping[str, frozenset[JobKind]] = {
    "images": frozenset({JobKind.PROCESS_IMAGE, JobKind.SCREEN_FILE}),
    "media": frozenset({JobKind.PROCESS_MEDIA}),
    "ingest": frozenset({JobKind.INGEST_MEDIA, JobKind.INGEST_OBJECT}),
    "inbox": frozenset({JobKind.HASH_FILE}),
    "sync": frozenset({JobKind.SYNC_PROJECT_VARIANTS, JobKind.SYNC_FILE_VARIANTS}),
    "housekeeping": frozenset(
        {
            JobKind.PURGE_PROJECT,
            JobKind.PURGE_DELETED_PROJECTS,
            JobKind.SWEEP_ORPHANS,
            JobKind.PRUNE_HISTORY,
            JobKind.SCREEN_FILES,
        }
    ),
}
"""Kinds by the names under which a worker can be told to do only some."""

PERIODS: Mapping[JobKind, timedelta] = {
    JobKind.PURGE_DELETED_PROJECTS: timedelta(hours=1),
    JobKind.SWEEP_ORPHANS: timedelta(hours=6),
    JobKind.PRUNE_HISTORY: timedelta(hours=6),
    JobKind.SCREEN_FILES: timedelta(minutes=10),
}
"""What is done again and again, and how long after it was done."""


class JobStatus(StrEnum):
    """Where a job stands."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self in {JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED}


class Priority:
    """Lower goes first: what somebody waits for, then what was merely asked for."""

    UPLOAD = 10
    SYNC = 20
    HOUSEKEEPING = 30


PRIORITIES: Mapping[JobKind, int] = {
    **dict.fromkeys(QUEUES["images"], Priority.UPLOAD),
    **dict.fromkeys(QUEUES["media"], Priority.UPLOAD),
    **dict.fromkeys(QUEUES["ingest"], Priority.SYNC),
    **dict.fromkeys(QUEUES["inbox"], Priority.UPLOAD),
    **dict.fromkeys(QUEUES["sync"], Priority.SYNC),
    **dict.fromkeys(QUEUES["housekeeping"], Priority.HOUSEKEEPING),
}


class JobMissing(NotFound):
    """No such job for this caller."""

    code = "job_not_found"


class JobNotEnded(Conflict):
    """It is waiting or under way; cancel it first."""

    code = "job_not_ended"


class JobEnded(Conflict):
    """It has come to its end already."""

    code = "job_ended"


class LeaseLost(Conflict):
    """The lease ran out and the job is somebody else's now: stop quietly."""

    code = "lease_lost"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a job until `until` (by the database's clock); every write must show its token."""

    job_id: UUID
    token: UUID
    until: datetime


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work and what became of it so far.

    `attempts` counts tries that began and were not handed back, `crashes` those of them that nobody finished.
    `kind` is a `JobKind` when it is queued; looked at, it may be one that only a newer program knows. A job without
    a project looks after the installation. `trace` is what queued it, as traces carry it from place to place.
    """

    id: UUID
    project_id: UUID | None
    file_id: UUID | None
    kind: str
    status: JobStatus
    run_at: datetime
    created_at: datetime
    updated_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    priority: int = Priority.UPLOAD
    attempts: int = 0
    crashes: int = 0
    max_attempts: int = 5
    progress: int = 0
    last_error: str | None = None
    unique_key: str | None = None
    lease: Lease | None = None
    trace: str | None = None

    @classmethod
    def fresh(
        cls,
        job_id: UUID,
        kind: JobKind,
        now: datetime,
        *,
        project_id: UUID | None = None,
        file_id: UUID | None = None,
        unique_key: str | None = None,
        payload: Mapping[str, Any] = MappingProxyType({}),
    ) -> Self:
        """A job to be queued, as urgent as its kind is."""
        return cls(
            id=job_id,
            project_id=project_id,
            file_id=file_id,
            kind=kind,
            status=JobStatus.PENDING,
            run_at=now,
            created_at=now,
            updated_at=now,
            payload=payload,
            priority=PRIORITIES[kind],
            unique_key=unique_key,
        )

    def after_failure(self, *, permanent: bool, jitter: float) -> timedelta | None:
        """How long to wait before the next try, or None when there will be none. `jitter` lies in 0…1."""
        if permanent or self.attempts >= self.max_attempts:
            return None
        return backoff(self.attempts, jitter)


def backoff(attempt: int, jitter: float) -> timedelta:
    """Twice as long after each try, up to a bound, half of it left to chance so that a crowd spreads out."""
    doublings = min(max(attempt, 1) - 1, 20)
    full = min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)
    return full / 2 + full / 2 * jitter


@dataclass(frozen=True, slots=True)
class JobCounts:
    """How many jobs stand where: `waiting` are due, `delayed` are due later, `active` are under way."""

    waiting: int = 0
    active: int = 0
    completed: int = 0
    failed: int = 0
    delayed: int = 0
    cancelled: int = 0
