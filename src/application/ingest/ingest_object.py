"""One object of a source, brought in once."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

from application.ingest.object_of_job import version_of
from application.ingest.source import Intake
from application.jobs.finish_job import finish_job, held, job_update
from application.jobs.run_job import Report
from application.ports.clock import Clock
from application.ports.ingest_sources import SourceMissing, SourceObject
from application.ports.ingested import IngestStatus, ObjectVersion
from application.ports.signals import Signals
from application.ports.unit_of_work import Store, UnitOfWork
from application.uploads.incoming import Upload
from application.uploads.keep_arrival import Along
from application.uploads.upload_file import UploadFile
from application.uploads.upload_image import UploadImage
from domain.access import KeyCaller, KeyScope
from domain.jobs import JOBS_TOPIC, Job, JobStatus
from domain.media import MediaFile
from domain.media_kinds import MediaKind
from domain.sniffing import SNIFF_BYTES, sniff
from domain.uploads import EmptyUpload, TypeNotAllowed

LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class IngestObject:
    """Copy an object into its project as if somebody had uploaded it; the job ends in the unit that shows the file.

    What cannot be taken in raises, and `FailJob` writes down why.
    """

    intake: Intake | None
    upload_file: UploadFile
    upload_image: UploadImage
    store: Store
    signals: Signals
    clock: Clock

    async def __call__(self, job: Job, report: Report) -> None:
        """Where the project wants no second file of the same bytes, the first one stands for the object as well."""
        version = version_of(job)
        if self.intake is None or self.intake.source.name != version.source:
            raise SourceMissing(f"{version.source} is not what INGEST_SOURCE names any more")
        await self._begin(job)
        shown_by: list[UUID] = []

        async def along(unit: UnitOfWork, file: MediaFile) -> None:
            await self._settle(unit, job, version, file)
            shown_by.append(file.id)

        wanted = SourceObject(version.key, version.etag, int(job.payload["size"]))
        shown = await self._upload(self.intake, version, wanted, along)
        if shown.id not in shown_by:
            async with self.store.begin() as unit:
                await self._settle(unit, job, version, shown)
                await unit.commit()
        await self.signals.send(JOBS_TOPIC)

    async def _begin(self, job: Job) -> None:
        async with self.store.begin() as unit:
            await unit.jobs.note(held(job), progress=0)
            await unit.events.add(job_update(job, JobStatus.PROCESSING, self.clock.now()))
            await unit.commit()

    async def _settle(self, unit: UnitOfWork, job: Job, version: ObjectVersion, file: MediaFile) -> None:
        await unit.ingested.settle(version, IngestStatus.KEPT, file_id=file.id)
        await finish_job(unit, job, self.clock.now())

    async def _upload(self, intake: Intake, version: ObjectVersion, wanted: SourceObject, along: Along) -> MediaFile:
        """Pictures as pictures, films and sound as such; nothing else is media."""
        if wanted.size == 0:
            raise EmptyUpload("the object is empty")
        caller = KeyCaller(UUID(int=0), version.project_id, frozenset(KeyScope))
        async with aclosing(intake.source.read(wanted)) as chunks:
            head = await _head(chunks)
            media = sniff(head)
            upload = Upload(
                filename=version.key.rpartition("/")[2][:LONGEST_NAME],
                declared_type=None,
                chunks=_whole(head, chunks),
                project_id=version.project_id,
                expected_size=wanted.size,
            )
            if media.mime in self.upload_image.taken_types:
                return await self.upload_image(caller, upload, along=along)
            if media.kind is MediaKind.FILE:
                raise TypeNotAllowed(f"these bytes are {media.mime}: neither picture nor film nor sound")
            return await self.upload_file(caller, upload, along=along)


async def _head(chunks: AsyncGenerator[bytes, None]) -> bytes:
    """Enough of the beginning to tell what it is."""
    head = b""
    while len(head) < SNIFF_BYTES and (chunk := await anext(chunks, None)) is not None:
        head += chunk
    return head


async def _whole(head: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for chunk in rest:
        yield chunk
