"""Jobs: work that is done at least once, by at most one worker at a time, with exactly one effect."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.errors import Conflict

JOBS_TOPIC = "jobs"
CRASHES_FORGIVEN = 2
FIRST_DELAY = timedelta(seconds=2)
LONGEST_DELAY = timedelta(minutes=10)


class JobKind(StrEnum):
    """What there is to do."""

    PROCESS_IMAGE = "ProcessImage"
    SYNC_PROJECT_VARIANTS = "SyncProjectVariants"
    SYNC_FILE_VARIANTS = "SyncFileVariants"


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
    `kind` is a `JobKind` when it is queued; looked at, it may be one that only a newer program knows.
    """

    id: UUID
    project_id: UUID
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
