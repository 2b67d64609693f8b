"""What a job's fate means for the object it is about."""

from application.ports.ingest_sources import SourceMissing
from application.ports.ingested import IngestStatus, ObjectVersion
from application.ports.unit_of_work import UnitOfWork
from domain.jobs import Job, JobKind


def version_of(job: Job) -> ObjectVersion:
    """Which object a job is about."""
    if job.project_id is None:
        raise SourceMissing("a job without a project brings nothing in")
    told = job.payload
    return ObjectVersion(job.project_id, str(told["source"]), str(told["key"]), str(told["etag"]))


async def give_object_up(unit: UnitOfWork, job: Job, reason: str) -> None:
    """The object shows why it was not brought in; it is not tried again by itself."""
    if job.kind == JobKind.INGEST_OBJECT and job.project_id is not None:
        await unit.ingested.settle(version_of(job), IngestStatus.FAILED, reason=reason)


async def give_object_another_chance(unit: UnitOfWork, job: Job) -> None:
    """The object waits again."""
    if job.kind == JobKind.INGEST_OBJECT and job.project_id is not None:
        await unit.ingested.settle(version_of(job), IngestStatus.WAITING)
