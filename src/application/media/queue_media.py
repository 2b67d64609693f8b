"""Asking for a film or a sound to be looked into."""

from datetime import datetime
from uuid import UUID

from domain.jobs import Job, JobKind
from domain.media import MediaFile


def media_job(job_id: UUID, file: MediaFile, now: datetime) -> Job:
    """The job for it; at most one of them waits or is under way."""
    return Job.fresh(
        job_id,
        JobKind.PROCESS_MEDIA,
        now,
        project_id=file.project_id,
        file_id=file.id,
        unique_key=f"media:{file.id}",
    )
