"""From a stream to a file that others can see, with nothing half-made in between."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from application.ports.blob_store import BlobStore
from application.ports.clock import Clock
from application.ports.unit_of_work import Store
from application.uploads.incoming import IncomingBytes
from domain.access import EVERYTHING
from domain.errors import DarkroomError, Outage
from domain.events import Event, EventKind
from domain.jobs import Job
from domain.media import FileStatus, MediaFile
from domain.projects import Project, ProjectMissing, QuotaExceeded

Settle = Callable[[MediaFile], Awaitable[MediaFile]]


@dataclass(frozen=True, slots=True)
class KeepArrival:
    """Hidden row, then bytes, then visible row and job together.

    Whatever goes wrong on the way, nobody ever sees the file; what a crash leaves behind is a hidden row and
    perhaps its blob, both of which the sweep knows how to find.
    """

    store: Store
    blobs: BlobStore
    clock: Clock

    async def __call__(
        self, project: Project, file: MediaFile, incoming: IncomingBytes, *, settle: Settle, job: Job | None = None
    ) -> MediaFile:
        """Keep the bytes as this (pending) file; `settle` makes the visible file of it once the bytes lie safe."""
        try:
            async with self.store.begin() as unit:
                await unit.files.add(replace(file, variants=()))
                await unit.commit()
            await self.blobs.put(file.key, aiter(incoming), content_type=file.mime_type)
            measured = replace(file, size=incoming.size, md5=incoming.md5, sha256=incoming.sha256)
            return await self._show(project, await settle(measured), job)
        except BaseException as error:
            kept = await asyncio.shield(self._undo(file))
            if kept is not None and isinstance(error, Outage):
                return kept
            raise

    async def _show(self, project: Project, file: MediaFile, job: Job | None) -> MediaFile:
        file = replace(file, updated_at=self.clock.now())
        async with self.store.begin() as unit:
            if not await unit.projects.count(project.id, files=1, stored=file.size):
                current = await unit.projects.get(EVERYTHING, project.id)
                if current is None:
                    raise ProjectMissing("there is no such project")
                current.require_room(file.size)
                raise QuotaExceeded("the project has no room for this file")
            await unit.files.save(file)
            await unit.files.save_variants(file.id, file.variants)
            await unit.events.add(Event(EventKind.FILE_UPLOADED, project.id, file.updated_at, file_id=file.id))
            if job is not None:
                await unit.jobs.add(job)
            await unit.commit()
        return file

    async def _undo(self, file: MediaFile) -> MediaFile | None:
        """Forget row and bytes, unless the row is visible: a commit may have gone well although nobody heard of it."""
        try:
            async with self.store.begin() as unit:
                kept = await unit.files.get(EVERYTHING, file.id)
                if kept is not None and kept.status is not FileStatus.PENDING:
                    return kept
                await unit.files.remove(file.id)
                await unit.commit()
            await self.blobs.remove(file.key)
        except DarkroomError:
            return None
        return None
