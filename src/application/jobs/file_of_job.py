"""What a job's fate means for the file it is about."""

from dataclasses import replace
from datetime import datetime

from application.ingest.object_of_job import give_object_another_chance, give_object_up
from application.ports.unit_of_work import UnitOfWork
from domain.access import EVERYTHING
from domain.events import Event, EventKind
from domain.jobs import Job
from domain.media import FileStatus, VariantStatus


async def give_file_up(unit: UnitOfWork, job: Job, reason: str, now: datetime) -> None:
    """The file shows why nothing more will be made of it; what is ready already stays so."""
    await give_object_up(unit, job, reason)
    file = await unit.files.get(EVERYTHING, job.file_id) if job.file_id else None
    if file is None:
        return
    waiting = [variant for variant in file.variants if variant.status is VariantStatus.PENDING]
    if waiting:
        await unit.files.save_variants(file.id, [variant.refused(reason) for variant in waiting])
    if file.status is FileStatus.PROCESSING:
        await unit.files.save(replace(file, status=FileStatus.FAILED, reason=reason, updated_at=now))
        await unit.events.add(Event(EventKind.FILE_FAILED, file.project_id, now, file.id, job.id, {"reason": reason}))


async def give_file_another_chance(unit: UnitOfWork, job: Job, now: datetime) -> None:
    """The file waits again for what could not be made of it."""
    await give_object_another_chance(unit, job)
    file = await unit.files.get(EVERYTHING, job.file_id) if job.file_id else None
    if file is None:
        return
    failed = [variant for variant in file.variants if variant.status is VariantStatus.FAILED]
    if failed:
        await unit.files.save_variants(file.id, [variant.awaited() for variant in failed])
    if file.status is FileStatus.FAILED:
        await unit.files.save(replace(file, status=FileStatus.PROCESSING, reason=None, updated_at=now))
