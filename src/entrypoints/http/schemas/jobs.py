"""Jobs, as clients see them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from domain.events import Event, Position
from domain.jobs import Job, JobCounts, JobStatus
from domain.pages import Page
from entrypoints.http.schemas.pages import PageQuery
from entrypoints.http.schemas.times import UtcTime

INSTALLATION = "(installation)"

State = Literal["waiting", "delayed", "active", "completed", "failed", "cancelled"]


class JobPath(BaseModel):
    """The address of a job."""

    job_id: UUID


class JobsQuery(PageQuery):
    """Which jobs are wanted."""

    status: JobStatus | None = None


class AllJobsQuery(JobsQuery):
    """Which jobs are wanted, and of which project."""

    project_id: UUID | None = None


class StreamQuery(BaseModel):
    """Where to go on, for those who cannot send headers."""

    last_event_id: str | None = None


class StreamHeaders(BaseModel):
    """Where to go on: browsers send by themselves what they were told last."""

    last_event_id: str | None = None


class JobBody(BaseModel):
    """A job; `asset_id` and `state` say once more, in other words, which file it is for and where it stands."""

    id: UUID
    file_id: UUID | None
    asset_id: UUID | None
    project_id: UUID | None
    kind: str
    status: JobStatus
    state: State
    payload: dict[str, Any]
    attempts: int
    max_attempts: int
    last_error: str | None
    progress: Annotated[int, Field(ge=0, le=100)]
    run_at: UtcTime
    created_at: UtcTime
    updated_at: UtcTime

    @classmethod
    def of(cls, job: Job, now: datetime) -> Self:
        """From the domain."""
        return cls(**_told(job, now))


class JobStepBody(BaseModel):
    """One thing that happened to a job."""

    at: UtcTime
    status: str | None
    attempts: int | None
    error: str | None

    @classmethod
    def of(cls, event: Event) -> Self:
        """From the domain."""
        return cls(at=event.at, **{name: event.data.get(name) for name in ("status", "attempts", "error")})


class JobHistoryBody(JobBody):
    """A job with all its attempts and their errors, the first one first."""

    history: list[JobStepBody]

    @classmethod
    def with_history(cls, job: Job, steps: Sequence[Event], now: datetime) -> Self:
        """From the domain."""
        return cls(**_told(job, now), history=[JobStepBody.of(step) for step in steps])


class ProjectJobsBody(BaseModel):
    """A page of the jobs of one project."""

    project_id: UUID | None
    jobs: list[JobBody]
    total_items: int
    total_pages: int
    current_page: int
    page_size: int

    @classmethod
    def of(cls, project_id: UUID | None, page: Page[Job], now: datetime) -> Self:
        """From the domain."""
        return cls(
            project_id=project_id,
            jobs=[JobBody.of(job, now) for job in page.items],
            total_items=page.total,
            total_pages=page.pages,
            current_page=page.request.number,
            page_size=page.request.size,
        )


class JobCountsBody(BaseModel):
    """How many jobs stand where: `waiting` are due, `delayed` are due later, `active` are under way."""

    waiting: int
    active: int
    completed: int
    failed: int
    delayed: int
    cancelled: int

    @classmethod
    def of(cls, counts: JobCounts) -> Self:
        """From the domain."""
        return cls(**{name: getattr(counts, name) for name in cls.model_fields})


class DeletedJobBody(BaseModel):
    """What is told once a job is forgotten."""

    message: str = "Job deleted successfully"
    id: UUID


def labels(projects: Sequence[tuple[UUID, str]]) -> list[str]:
    """A label for each project, no two alike: its name, with its id where others have the same."""
    told = [name for _, name in projects]
    while len(uses := Counter([INSTALLATION, *told])) <= len(projects):
        told = [
            f"{label} ({id_})" if uses[label] > 1 else label for (id_, _), label in zip(projects, told, strict=True)
        ]
    return told


def state_of(job: Job, now: datetime) -> State:
    """Where a job stands, as queues say it: what is due waits, what is due later is delayed."""
    match job.status:
        case JobStatus.PENDING:
            # What was queued just now is due at once, whatever our clock says beside the database's.
            return "delayed" if job.run_at > max(now, job.updated_at) else "waiting"
        case JobStatus.PROCESSING:
            return "active"
        case JobStatus.COMPLETED:
            return "completed"
        case JobStatus.FAILED:
            return "failed"
        case JobStatus.CANCELLED:
            return "cancelled"


def event_id(position: Position) -> str:
    """A place in the log as clients give it back."""
    return f"{position.transaction}-{position.number}"


def _told(job: Job, now: datetime) -> dict[str, Any]:
    elsewhere = {"asset_id", "state", "payload"}
    same = {name: getattr(job, name) for name in JobBody.model_fields if name not in elsewhere}
    return {**same, "asset_id": job.file_id, "state": state_of(job, now), "payload": dict(job.payload)}
