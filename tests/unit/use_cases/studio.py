"""Everything about pictures, over adapters in memory that can be stopped at any step."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from adapters.crypto.seals import HmacSeals
from adapters.memory.api_keys import MemoryApiKeyReads
from adapters.memory.blobs import MemoryBlobs
from adapters.memory.clock import ManualClock
from adapters.memory.disk import MemoryDisk
from adapters.memory.examiner import MemoryExaminer
from adapters.memory.file_batches import MemoryFileBatches
from adapters.memory.file_reads import MemoryFileReads
from adapters.memory.ids import CountingIds
from adapters.memory.installation_secrets import MemoryInstallationSecrets
from adapters.memory.job_queue import MemoryJobQueue
from adapters.memory.jobs import MemoryJobReads
from adapters.memory.measures import MemoryMeasures
from adapters.memory.projects import MemoryProjectReads
from adapters.memory.signals import MemorySignals
from adapters.memory.source import MemorySource
from adapters.memory.state import MemoryDatabase
from adapters.memory.store import MemoryStore, MemoryUnitOfWork
from adapters.memory.transformer import MemoryTransformer
from adapters.memory.users import MemoryUserReads
from adapters.system.files import SystemFiles
from application.files.addresses import Addresses
from application.files.delete_files import DeleteFiles
from application.files.drop_blobs import DropBlobs
from application.files.link_makers import LinkMakers
from application.files.open_content import OpenContent
from application.files.screen_files import ScreenFiles
from application.files.screen_original import ScreenOriginal
from application.files.share_content import ShareContent
from application.files.signed_links import SignedLinks
from application.identity.live_sessions import KnownAccounts
from application.identity.remember import Remember
from application.ingest.ingest_media import IngestMedia
from application.ingest.ingest_object import IngestObject
from application.ingest.source import FindIntakeProject, Intake
from application.jobs.cancel_job import CancelJob
from application.jobs.claim_job import ClaimJob
from application.jobs.delete_job import DeleteJob
from application.jobs.fail_job import FailJob
from application.jobs.find_job import FindJob
from application.jobs.finish_job import FinishJob
from application.jobs.keep_periodic import KeepPeriodic
from application.jobs.recover_jobs import RecoverJobs
from application.jobs.retry_job import RetryJob
from application.jobs.run_job import Report, RunJob
from application.maintenance.sweep_orphans import SweepOrphans
from application.media.process_media import ProcessMedia
from application.media.refresh_media import RefreshMedia
from application.ports.blob_store import BlobInfo, BlobStore
from application.ports.local_paths import LocalPaths
from application.ports.metadata_reader import MetadataReader
from application.uploads.find_project import FindProject
from application.uploads.incoming import Upload
from application.uploads.keep_arrival import KeepArrival
from application.uploads.read_picture_header import ReadPictureHeader
from application.uploads.upload_file import UploadFile
from application.uploads.upload_image import UploadImage
from application.variants.begin_variants import BeginVariants
from application.variants.make_variants import MakeVariants
from application.variants.plan_sync import PlanSync
from application.variants.promise import Promise
from application.variants.queue_sync import queue_sync
from application.variants.render_variants import RenderVariants
from application.variants.settle_variants import SettleVariants
from application.variants.sync_variants import SyncVariants
from application.variants.workbench import Workbench
from domain.access import EVERYTHING, KeyCaller, KeyScope
from domain.cron import Cron
from domain.image_headers.budget import DecodeLimits
from domain.jobs import Job, JobKind
from domain.media import MediaFile
from domain.media_types import IMAGE_TYPES_TAKEN
from domain.placement import Placement
from domain.projects import Project
from domain.settings import read_settings
from domain.sync import plan_file
from tests.unit.contracts.drawn import encoded, quarters
from tests.unit.contracts.things import NOW, project, put

LEASE = timedelta(seconds=30)
JPEG = encoded(quarters((400, 300)), "image/jpeg")
THUMB = {"thumb": {"format": "webp", "width": 100}}
TWO = {**THUMB, "wide": {"format": "png", "width": 200}}

UPLOADED = ["file_uploaded", "job_update"]
"""What an upload tells."""

Happening = Callable[[], Awaitable[None]]


@dataclass
class Steps:
    """The steps that were come to, and what is to happen at them: at all, or at the one of a number."""

    seen: list[str] = field(default_factory=list)
    everywhere: Happening | None = None
    at: dict[int, Happening] = field(default_factory=dict)

    async def __call__(self, name: str) -> None:
        self.seen.append(name)
        if self.everywhere:
            await self.everywhere()
        happening = self.at.pop(len(self.seen) - 1, None)
        if happening:
            await happening()


class SteppedUnit(MemoryUnitOfWork):
    """A unit of work that can be stopped before and after its commit."""

    def __init__(self, database: MemoryDatabase, steps: Steps) -> None:
        super().__init__(database)
        self._steps = steps

    async def commit(self) -> None:
        await self._steps("about to commit")
        await super().commit()
        await self._steps("committed")


class SteppedStore(MemoryStore):
    """The store in memory, with steps."""

    def __init__(self, database: MemoryDatabase, steps: Steps) -> None:
        super().__init__(database)
        self._rows, self._steps = database, steps

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryUnitOfWork]:
        await self._steps("about to begin")
        async with self._rows.writing():
            yield SteppedUnit(self._rows, self._steps)


class SteppedBlobs(MemoryBlobs):
    """The blobs in memory, with steps."""

    def __init__(self, clock: ManualClock, steps: Steps) -> None:
        super().__init__(clock)
        self._steps = steps

    async def put(
        self, key: str, chunks: AsyncIterator[bytes], *, content_type: str, size: int | None = None
    ) -> BlobInfo:
        await self._steps("about to put")
        info = await super().put(key, self._stepping(chunks), content_type=content_type, size=size)
        await self._steps("put")
        return info

    async def _stepping(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for chunk in chunks:
            await self._steps("chunk")
            yield chunk


@dataclass
class Studio:
    """One installation; each test has its own."""

    variants: Mapping[str, Any] = field(default_factory=lambda: TWO)
    settings: Mapping[str, Any] = field(default_factory=dict)
    max_bytes: int = -1
    engine: str = "pencil 1"
    public_bucket: bool = False
    limits: DecodeLimits = field(default_factory=DecodeLimits)
    disk: Any = None
    chance: float = 0.5
    gently_for: float = 240.0
    reader: MetadataReader | None = None

    def __post_init__(self) -> None:
        self.clock, self.ids, self.signals, self.steps = ManualClock(NOW), CountingIds(), MemorySignals(), Steps()
        self.rows = MemoryDatabase(self.clock)
        self.store = SteppedStore(self.rows, self.steps)
        self.blobs: BlobStore = self.disk or SteppedBlobs(self.clock, self.steps)
        self.local: LocalPaths | None = self.disk
        self.files, self.projects = MemoryFileReads(self.rows), MemoryProjectReads(self.rows)
        self.queue = MemoryJobQueue(self.rows)
        self.transformer = MemoryTransformer(self.limits)
        self.examiner, self.source = MemoryExaminer(), MemorySource()
        self.read_header = ReadPictureHeader(self.blobs, self.limits)
        self.measures = MemoryMeasures()
        self.free_disk = MemoryDisk()
        self.keep = KeepArrival(self.store, self.blobs, self.clock, self.measures, self.free_disk)
        self.find_project = FindProject(self.projects)
        self.fail = FailJob(self.store, self.clock, lambda: self.chance)
        self.claim = ClaimJob(self.queue, RecoverJobs(self.fail, self.measures), LEASE, tuple(JobKind), self.measures)
        self.batches, self.jobs = MemoryFileBatches(self.rows), MemoryJobReads(self.rows)
        self.addresses = Addresses("http://darkroom.test")
        self.users, self.api_keys = MemoryUserReads(self.rows), MemoryApiKeyReads(self.rows)
        makers = LinkMakers(KnownAccounts(self.users, self.clock), self.users, self.api_keys, self.clock)
        self.links = SignedLinks(HmacSeals(MemoryInstallationSecrets(self.rows)), makers, self.clock)
        self.open_content = OpenContent(self.files, self.links, self.addresses)
        self.share_content = ShareContent(self.files, self.links, self.addresses)
        self.delete_files = DeleteFiles(
            self.store, self.files, DropBlobs(self.blobs), Remember(self.clock, self.ids), self.clock
        )
        self.workbench = Workbench(self.blobs, SystemFiles(), self.batches, self.local)
        self.project = project(settings=read_settings({"variants": dict(self.variants), **self.settings}))

    @property
    def upload_file(self) -> UploadFile:
        return UploadFile(self.find_project, self.keep, self.clock, self.ids, self.max_bytes, self.signals)

    @property
    def upload_image(self) -> UploadImage:
        return UploadImage(
            find_project=self.find_project,
            keep=self.keep,
            read_header=self.read_header,
            promise=self.promise,
            signals=self.signals,
            clock=self.clock,
            ids=self.ids,
            max_bytes=self.max_bytes,
            taken_types=IMAGE_TYPES_TAKEN,
        )

    async def make_variants(self, job: Job, report: Report = lambda percent: None) -> None:
        """What was promised of a file."""
        await self._making()(job, report)

    async def sync_file_variants(self, job: Job, report: Report = lambda percent: None) -> None:
        """Everything that is wanted of a file by now."""
        await replace(self._making(), plan=plan_file)(job, report)

    async def sync_variants(self, job: Job, report: Report = lambda percent: None) -> None:
        """Everything that is wanted of all files."""
        sync = SyncVariants(self.store, self.batches, self.promise, self.signals, self.clock, self.ids)
        await sync(job, report)

    def _making(self) -> MakeVariants:
        begin = BeginVariants(self.store, self.promise, self.clock)
        render = RenderVariants(self.transformer, self.workbench, self.gently_for, self.reader)
        settle = SettleVariants(self.store, self.promise, self.workbench, self.clock)
        finish = FinishJob(self.queue, self.clock)
        return MakeVariants(self.store, begin, render, settle, self.workbench, finish, screen=self.screen_original)

    @property
    def screen_original(self) -> ScreenOriginal:
        return ScreenOriginal(self.store, self.workbench, SystemFiles(), self.clock, self.public_bucket)

    @property
    def promise(self) -> Promise:
        return Promise(self.engine, Placement(self.public_bucket))

    @property
    def plan_sync(self) -> PlanSync:
        return PlanSync(self.batches, self.promise)

    @property
    def keep_periodic(self) -> KeepPeriodic:
        return KeepPeriodic(self.store, self.clock, self.ids)

    def sweep(self, grace: timedelta = timedelta(days=1), **powers: Any) -> SweepOrphans:
        parts = (self.store, self.blobs, self.batches, self.projects, self.workbench, self.clock)
        return SweepOrphans(*parts, grace, **powers)

    @property
    def intake(self) -> Intake:
        return Intake(self.source, str(self.project.id), Cron.parse("0 * * * *"))

    @property
    def process_media(self) -> ProcessMedia:
        parts = (self.store, self.examiner, self.workbench, self.promise, self.signals, self.clock, self.ids)
        return ProcessMedia(*parts, self.screen_original)

    @property
    def ingest_media(self) -> IngestMedia:
        find = FindIntakeProject(self.projects)
        return IngestMedia(self.intake, find, self.store, self.signals, self.clock, self.ids)

    @property
    def ingest_object(self) -> IngestObject:
        return IngestObject(self.intake, self.upload_file, self.upload_image, self.store, self.signals, self.clock)

    @property
    def refresh_media(self) -> RefreshMedia:
        find = FindIntakeProject(self.projects)
        return RefreshMedia(self.intake, find, self.store, self.signals, self.clock, self.ids)

    @property
    def find_job(self) -> FindJob:
        return FindJob(self.jobs)

    @property
    def retry_job(self) -> RetryJob:
        return RetryJob(self.find_job, self.store, self.signals, self.clock)

    @property
    def cancel_job(self) -> CancelJob:
        return CancelJob(self.find_job, self.store, self.signals, self.clock)

    @property
    def delete_job(self) -> DeleteJob:
        return DeleteJob(self.find_job, self.store, self.clock)

    @property
    def handlers(self) -> dict[JobKind, Any]:
        return {
            JobKind.PROCESS_IMAGE: self.make_variants,
            JobKind.PROCESS_MEDIA: self.process_media,
            JobKind.SCREEN_FILE: self.screen_original.run,
            JobKind.SCREEN_FILES: ScreenFiles(
                self.store, self.batches, self.projects, self.signals, self.clock, self.ids
            ),
            JobKind.INGEST_MEDIA: self.ingest_media,
            JobKind.INGEST_OBJECT: self.ingest_object,
            JobKind.SYNC_FILE_VARIANTS: self.sync_file_variants,
            JobKind.SYNC_PROJECT_VARIANTS: self.sync_variants,
        }

    def run_job(self, lease: timedelta = LEASE) -> RunJob:
        return RunJob(self.handlers, self.queue, self.fail, lease, self.measures)

    async def work_off(self) -> list[Job]:
        """Do whatever is due, and what comes of it, until nothing is; the jobs as they ended."""
        done = []
        while jobs := await self.claim(1):
            await self.run_job()(jobs[0])
            done.append(self.job(jobs[0].id))
        return done

    async def ask_for_a_sync(self) -> bool:
        """As a change of the settings does."""
        async with self.store.begin() as unit:
            queued = await queue_sync(unit, self.counted, self.ids.new(), self.clock.now())
            await unit.commit()
        return queued

    @property
    def key(self) -> KeyCaller:
        return KeyCaller(UUID(int=99), self.project.id, frozenset(KeyScope))

    async def open(self) -> "Studio":
        await put(MemoryStore(self.rows), self.project)
        return self

    async def change(self, **fields: Any) -> None:
        """Change the project."""
        async with self.rows.writing():
            changed = replace(self.rows.rows.projects[self.project.id], **fields)
            self.rows.rows.projects[self.project.id] = changed

    async def set_variants(self, variants: Mapping[str, Any]) -> None:
        await self.change(settings=read_settings({"variants": dict(variants), **self.settings}))

    async def uploaded(self, body: bytes = JPEG, **fields: Any) -> MediaFile:
        """A picture that came in."""
        return await self.upload_image(self.key, sent(body, **fields))

    async def claimed(self) -> Job:
        """The only job that is due, now ours."""
        (job,) = await self.claim(1)
        return job

    async def file(self, file_id: UUID) -> MediaFile:
        """A file that is there."""
        found = await self.files.get(EVERYTHING, file_id)
        assert found is not None
        return found.file

    async def keys(self) -> set[str]:
        """What lies in the store."""
        return {info.key async for info in self.blobs.list()}

    async def body(self, key: str) -> bytes:
        return b"".join([chunk async for chunk in self.blobs.read(key)])

    def job(self, job_id: UUID) -> Job:
        return self.rows.rows.jobs[job_id]

    @property
    def only_job(self) -> Job:
        (job,) = self.rows.rows.jobs.values()
        return job

    @property
    def counted(self) -> Project:
        """The project as it stands."""
        return self.rows.rows.projects[self.project.id]

    @property
    def told(self) -> list[str]:
        """The kinds of events, oldest first."""
        return [str(event.kind) for event in self.rows.rows.events]

    async def remove(self, file: MediaFile) -> None:
        """Delete a file as the use case for it does: rows first, blobs after."""
        async with MemoryStore(self.rows).begin() as unit:
            await unit.files.remove(file.id)
            await unit.commit()
        for key in (file.key, *(variant.key for variant in file.variants)):
            await self.blobs.remove(key)


def sent(body: bytes = JPEG, *, pieces: int = 3, **fields: Any) -> Upload:
    """An upload, in pieces."""
    return Upload(
        **{"filename": "me & you.jpg", "declared_type": "image/jpeg", "chunks": in_pieces(body, pieces)} | fields
    )


async def in_pieces(body: bytes, pieces: int = 3) -> AsyncIterator[bytes]:
    length = max(1, -(-len(body) // pieces))
    for at in range(0, len(body), length):
        yield body[at : at + length]


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
