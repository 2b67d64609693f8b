"""What a picture that comes in is, by whichever door."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from domain.exif import read_exif
from domain.image_headers.header import ImageHeader
from domain.jobs import Job, JobKind
from domain.media import FileStatus, MediaFile, Variant


def described(kept: MediaFile, header: ImageHeader, variants: tuple[Variant, ...]) -> MediaFile:
    """A picture whose bytes lie safe, with its facts and what will be made of it."""
    width, height = header.upright
    facts = read_exif(header.exif) if header.exif else {}
    status = FileStatus.PROCESSING if variants else FileStatus.READY
    return replace(kept, width=width, height=height, metadata=facts, variants=variants, status=status)


def picture_job(job_id: UUID, file: MediaFile, variants: Sequence[Variant]) -> Job:
    """Without variants to make, it adds what is shown until the picture is there."""
    return Job.fresh(
        job_id,
        JobKind.PROCESS_IMAGE,
        file.created_at,
        project_id=file.project_id,
        file_id=file.id,
        payload={"variants": [variant.name for variant in variants]},
    )
