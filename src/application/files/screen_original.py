"""Looking an original through for places, and making the copy that strangers get where it tells one."""

import asyncio
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from application.jobs.finish_job import finish_job
from application.jobs.run_job import Report
from application.ports.clock import Clock
from application.ports.file_streams import FileStreams
from application.ports.unit_of_work import Store, UnitOfWork
from application.variants.workbench import Workbench
from domain.access import EVERYTHING
from domain.events import Event, EventKind
from domain.jobs import Job, JobKind
from domain.library import NOBODY
from domain.media import PUBLIC_COPY, FileStatus, MediaFile, Variant
from domain.object_keys import is_apart, original_key, private_key, public_key
from domain.places.cleaning import place_patches
from domain.places.patches import NotCleanable, Patch, streamed
from domain.places.screening import is_unscreened
from domain.projects import Project
from domain.settings import StripMetadata


def screening_job(job_id: UUID, file: MediaFile, now: datetime) -> Job:
    """For a file that nothing else is done with; at most one of them waits or is under way."""
    return Job.fresh(
        job_id,
        JobKind.SCREEN_FILE,
        now,
        project_id=file.project_id,
        file_id=file.id,
        unique_key=f"screen:{file.id}",
    )


@dataclass(frozen=True, slots=True)
class ScreenOriginal:
    """Find out what strangers may get of a file.

    This is no decoding, and so it is not done in the sandbox: names, numbers and offsets are read by plain Python, with
    bounds on all of them (`domain.places`), and everything else is copied as it stands.

    Done twice, or by two at once, it comes to the same. The exact bytes lie apart before the place where strangers look
    gets others; a row shows each step before the next is taken, so that whoever dies on the way leaves nothing open.
    """

    store: Store
    workbench: Workbench
    streams: FileStreams
    clock: Clock
    public_bucket: bool = False

    async def run(self, job: Job, report: Report) -> None:
        """As a job of its own."""
        if job.file_id is not None:
            await self(job.file_id)
        now = self.clock.now()
        async with self.store.begin() as unit:
            file = await self._file(unit, job.file_id) if job.file_id else None
            if file is not None and file.status is FileStatus.PROCESSING:
                await unit.files.save(replace(file, status=FileStatus.READY, updated_at=now))
                await unit.events.add(Event(EventKind.FILE_READY, file.project_id, now, file.id, job.id))
            await finish_job(unit, job, now)
            await unit.commit()

    async def __call__(self, file_id: UUID) -> None:
        """Nothing when it is known already, does not matter, or the file is gone."""
        found = await self._waiting(file_id)
        if found is None:
            return
        project, file = found
        async with self.workbench.set_up(file.key) as (source, bench):
            patches = await self._patches(file, source, project.settings.strip_metadata)
            if patches == [] and not (is_apart(file.key) and self.public_bucket):
                await self._nothing_told(file.id)
                return
            lay_at = file.key
            copy, file = await self._put_apart(project, file, source, bench)
            if patches is None:
                await self._settle(copy.refused("It cannot be told whether this file holds a place."))
                await self.workbench.give_up(copy.key)
                await self._clear(lay_at, file)
                return
            fresh = bench / "copy"
            await self.streams.write(fresh, streamed(self.streams.read(source), patches))
            size = (await asyncio.to_thread(fresh.stat)).st_size
            await self.workbench.store(fresh, copy.key, copy.mime_type)
        made = copy.made(width=file.width or 0, height=file.height or 0, size=size)
        if not await self._settle(made):
            await self.workbench.forget([copy.key])
        elif lay_at != copy.key:
            await self._clear(lay_at, file)

    async def _clear(self, lay_at: str, file: MediaFile) -> None:
        """What lay where strangers look does so no more, if nothing else has taken its place."""
        if lay_at != file.key:
            await self.workbench.give_up(lay_at)

    async def _waiting(self, file_id: UUID) -> tuple[Project, MediaFile] | None:
        async with self.store.begin() as unit:
            file = await self._file(unit, file_id)
            project = await unit.projects.get(EVERYTHING, file.project_id) if file else None
        if file is None or project is None:
            return None
        return (project, file) if self.concerns(project, file) else None

    def concerns(self, project: Project, file: MediaFile) -> bool:
        """Whether there is anything to find out."""
        return is_unscreened(project, file, library=project.owner_id == NOBODY)

    async def _file(self, unit: UnitOfWork, file_id: UUID) -> MediaFile | None:
        return await unit.files.get(EVERYTHING, file_id)

    async def _patches(self, file: MediaFile, source: Path, strip: StripMetadata) -> list[Patch] | None:
        """None when it cannot be told."""
        try:
            return await asyncio.to_thread(_read_through, file.mime_type, source, strip)
        except NotCleanable:
            return None

    async def _nothing_told(self, file_id: UUID) -> None:
        """Strangers get the original itself, wherever it lies."""
        async with self.store.begin() as unit:
            file = await self._file(unit, file_id)
            if file is not None:
                await unit.files.save(replace(file, screened=True))
                await unit.files.save_variants(file.id, (), drop=[PUBLIC_COPY] if file.public_copy else [])
                await unit.commit()

    async def _put_apart(
        self, project: Project, file: MediaFile, source: Path, bench: Path
    ) -> tuple[Variant, MediaFile]:
        """The exact bytes where no stranger looks, and the copy that is to be made, both in the row."""
        exact = file.key
        if not is_apart(exact):
            exact = private_key(exact)
            laid = bench / "exact"
            await self.streams.write(laid, self.streams.read(source))
            await self.workbench.store(laid, exact, file.mime_type)
        library = project.owner_id == NOBODY
        extension = file.key.rpartition(".")[2]
        plain = public_key(file.key)
        own = original_key(project.slug, project.id, file.id, extension) if library else plain
        copy = file.public_copy or file.copied_to(own)
        async with self.store.begin() as unit:
            current = await self._file(unit, file.id)
            if current is not None:
                current = replace(current, key=exact)
                await unit.files.save(current)
                await unit.files.save_variants(file.id, [copy.awaited()])
                await unit.commit()
        return copy, current or file

    async def _settle(self, copy: Variant) -> bool:
        """Whether the file is still there; what the copy takes is counted once."""
        async with self.store.begin() as unit:
            file = await self._file(unit, copy.file_id)
            if file is None or file.original_deleted_at is not None:
                return False
            before = file.public_copy.stored_bytes if file.public_copy else 0
            await unit.files.save(replace(file, screened=True))
            await unit.files.save_variants(file.id, [copy])
            if copy.stored_bytes != before:
                await unit.projects.count(file.project_id, stored=copy.stored_bytes - before, bounded=False)
            await unit.commit()
        return True


def _read_through(mime_type: str, source: Path, strip: StripMetadata) -> list[Patch]:
    handle = os.open(source, os.O_RDONLY)
    try:
        return place_patches(
            mime_type, lambda at, length: os.pread(handle, length, at), os.fstat(handle).st_size, strip
        )
    finally:
        os.close(handle)
