"""From a stream to a file that others can see, with nothing half-made in between."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from application.jobs.queue_job import queue_job
from application.ports.blob_store import BlobStore
from application.ports.clock import Clock
from application.ports.disk import Disk
from application.ports.measures import Measures
from application.ports.unit_of_work import Store, UnitOfWork
from application.uploads.incoming import IncomingBytes
from application.variants.queue_sync import queue_sync
from domain.access import EVERYTHING
from domain.errors import DarkroomError, Outage, Unavailable
from domain.events import Event, EventKind
from domain.jobs import Job
from domain.media import FileMissing, FileStatus, MediaFile
from domain.object_keys import is_picture
from domain.projects import Project, ProjectMissing, QuotaExceeded
from domain.settings import OnDuplicate
from domain.uploads import twin_of
from domain.usage import UsageKind, UsageLine

REMOVED_WITHIN = 3.0

Settle = Callable[[MediaFile], Awaitable[MediaFile]]
Along = Callable[[UnitOfWork, MediaFile], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class KeepArrival:
    """Hidden row with the room it needs, then bytes, then visible row and job together.

    Whatever goes wrong on the way, nobody ever sees the file; what a crash leaves behind is a hidden row and
    perhaps its blob, both of which the sweep knows how to find.
    """

    store: Store
    blobs: BlobStore
    clock: Clock
    measures: Measures
    disk: Disk

    async def __call__(
        self,
        project: Project,
        file: MediaFile,
        incoming: IncomingBytes,
        *,
        settle: Settle,
        job: Job | None = None,
        along: Along | None = None,
        before: Sequence[UUID] = (),
    ) -> MediaFile:
        """Keep the bytes as this (pending) file; `settle` makes the visible file of it once the bytes lie safe.

        Where the project wants no second file of the same bytes, the answer is the one that was there before; so it
        is when one of the ids that tries `before` this one had is that of such a file. What `along` writes becomes
        visible together with the file; the project is held meanwhile.
        """
        try:
            await self._announce(project, file, incoming)
            await self.blobs.put(file.key, aiter(incoming), content_type=file.mime_type)
            measured = replace(file, size=incoming.size, md5=incoming.md5, sha256=incoming.sha256)
            shown = await self.show(project, await settle(measured), job, along, before)
        except BaseException as error:
            kept = await asyncio.shield(self._undo(file))
            if kept is not None and isinstance(error, Outage):
                return kept
            raise
        if shown.id != file.id:
            await asyncio.shield(self._drop(file))
        return shown

    async def _announce(self, project: Project, file: MediaFile, incoming: IncomingBytes) -> None:
        await self.disk.require_free(incoming.announced)
        async with self.store.begin() as unit:
            reserved = 0
            if project.room_left is not None:
                current = await _held(unit, project)
                if current.room_left is not None:
                    taken = await unit.file_facts.reserved(project.id)
                    reserved = incoming.reserve(max(0, current.room_left - taken))
            await unit.files.add(replace(file, size=reserved, variants=()))
            await unit.commit()

    async def show(
        self,
        project: Project,
        file: MediaFile,
        job: Job | None,
        along: Along | None = None,
        before: Sequence[UUID] = (),
    ) -> MediaFile:
        """Make a file visible whose bytes lie under its key, or give the one that is there already instead."""
        now = self.clock.now()
        file = replace(file, updated_at=now)
        async with self.store.begin() as unit:
            # Held from the beginning: nobody else adds to it, nor changes what it wants.
            current = await _held(unit, project)
            twin = await _left(unit, file, before) or await _twin(unit, project, file)
            if twin is not None:
                await unit.files.remove(file.id)
                if along is not None:
                    await along(unit, twin)
                await unit.commit()
                return twin
            if not await unit.projects.count(project.id, files=1, stored=file.size):
                current.require_room(file.size)
                raise QuotaExceeded("the project has no room for this file")
            await _save(unit, file)
            await unit.files.save_variants(file.id, file.variants)
            line = UsageLine(now.date(), UsageKind.UPLOADED, file.kind.value, 1, file.size)
            await unit.usage.add(project.id, [line])
            await unit.events.add(Event(EventKind.FILE_UPLOADED, project.id, now, file_id=file.id))
            if job is not None:
                await queue_job(unit, job, now)
                await self._catch_up(unit, project, current, file)
            if along is not None:
                await along(unit, file)
            await unit.commit()
        self.measures.uploaded(file.kind, file.size)
        return file

    async def _catch_up(self, unit: UnitOfWork, project: Project, current: Project, file: MediaFile) -> None:
        """A sync that ran while the bytes were on their way has not seen this file."""
        if current.settings.auto_sync and current.settings.variants != project.settings.variants:
            await queue_sync(unit, current, uuid5(file.id, "sync"), self.clock.now())

    async def _undo(self, file: MediaFile) -> MediaFile | None:
        """Forget row and bytes, unless the row is visible: a commit may have gone well although nobody heard of it."""
        try:
            async with self.store.begin() as unit:
                kept = await unit.files.get(EVERYTHING, file.id)
                if kept is not None and kept.status is not FileStatus.PENDING:
                    return kept
                await unit.files.remove(file.id)
                await unit.commit()
        except DarkroomError:
            return None
        await self._drop(file)
        return None

    async def _drop(self, file: MediaFile) -> None:
        """Bytes without a row; what cannot be removed soon, while a client waits, the sweep finds later."""
        with suppress(DarkroomError, TimeoutError):
            async with asyncio.timeout(REMOVED_WITHIN):
                await self.blobs.remove(file.key)


async def _held(unit: UnitOfWork, project: Project) -> Project:
    current = await unit.projects.get(EVERYTHING, project.id)
    if current is None or not current.open:
        raise ProjectMissing("there is no such project")
    return current


async def _save(unit: UnitOfWork, file: MediaFile) -> None:
    """The sweep takes a hidden row, and its bytes, for left behind when an upload outlasts its grace."""
    try:
        await unit.files.save(file)
    except FileMissing as error:
        raise Unavailable("the upload took so long that it was given up; send it again", retry_after=1) from error


async def _left(unit: UnitOfWork, file: MediaFile, before: Sequence[UUID]) -> MediaFile | None:
    """The same file, when an earlier try of its upload came as far as that without anybody hearing of it."""
    for file_id in before:
        left = await unit.files.get(EVERYTHING, file_id)
        if left is not None and _same(left, file):
            return left
    return None


def _same(left: MediaFile, file: MediaFile) -> bool:
    alike = (left.project_id, left.sha256, left.filename) == (file.project_id, file.sha256, file.filename)
    return alike and is_picture(left.key) == is_picture(file.key) and left.status is not FileStatus.PENDING


async def _twin(unit: UnitOfWork, project: Project, file: MediaFile) -> MediaFile | None:
    policy = project.settings.on_duplicate
    if policy is OnDuplicate.ALLOW or file.sha256 is None:
        return None
    return twin_of(file, await unit.file_facts.same_bytes(project.id, file.sha256), policy)
