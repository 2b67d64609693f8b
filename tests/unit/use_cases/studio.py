"""Everything about pictures, over adapters in memory that can be stopped at any step."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from adapters.memory.blobs import MemoryBlobs
from adapters.memory.clock import ManualClock
from adapters.memory.files import MemoryFileReads
from adapters.memory.ids import CountingIds
from adapters.memory.job_queue import MemoryJobQueue
from adapters.memory.projects import MemoryProjectReads
from adapters.memory.signals import MemorySignals
from adapters.memory.state import MemoryDatabase
from adapters.memory.store import MemoryStore, MemoryUnitOfWork
from adapters.memory.transformer import MemoryTransformer
from adapters.system.files import SystemFiles
from application.files.open_content import OpenContent
from application.jobs.claim_job import ClaimJob
from application.jobs.fail_job import FailJob
from application.jobs.run_job import RunJob
from application.ports.blob_store import BlobInfo, BlobStore
from application.ports.local_paths import LocalPaths
from application.uploads.find_project import FindProject
from application.uploads.incoming import Upload
from application.uploads.keep_arrival import KeepArrival
from application.uploads.read_picture_header import ReadPictureHeader
from application.uploads.upload_file import UploadFile
from application.uploads.upload_image import UploadImage
from application.variants.make_variants import MakeVariants
from application.variants.promise import Promise
from application.variants.workbench import Workbench
from domain.access import EVERYTHING, KeyCaller, KeyScope
from domain.image_headers.budget import DecodeLimits
from domain.jobs import Job, JobKind
from domain.media import MediaFile
from domain.media_types import IMAGE_TYPES_TAKEN
from domain.projects import Project
from domain.settings import read_settings
from tests.unit.contracts.drawn import encoded, quarters
from tests.unit.contracts.things import NOW, project, put

LEASE = timedelta(seconds=30)
JPEG = encoded(quarters((400, 300)), "image/jpeg")
THUMB = {"thumb": {"format": "webp", "width": 100}}
TWO = {**THUMB, "wide": {"format": "png", "width": 200}}

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
    limits: DecodeLimits = field(default_factory=DecodeLimits)
    disk: Any = None
    chance: float = 0.5

    def __post_init__(self) -> None:
        self.clock, self.ids, self.signals, self.steps = ManualClock(NOW), CountingIds(), MemorySignals(), Steps()
        self.rows = MemoryDatabase(self.clock)
        self.store = SteppedStore(self.rows, self.steps)
        self.blobs: BlobStore = self.disk or SteppedBlobs(self.clock, self.steps)
        self.local: LocalPaths | None = self.disk
        self.files, self.projects = MemoryFileReads(self.rows), MemoryProjectReads(self.rows)
        self.queue = MemoryJobQueue(self.rows)
        self.transformer = MemoryTransformer(self.limits)
        self.read_header = ReadPictureHeader(self.blobs, self.limits)
        self.keep = KeepArrival(self.store, self.blobs, self.clock)
        self.find_project = FindProject(self.projects)
        self.fail = FailJob(self.store, self.clock, lambda: self.chance)
        self.claim = ClaimJob(self.queue, self.fail, LEASE, tuple(JobKind))
        self.open_content = OpenContent(self.files, self.projects)
        self.workbench = Workbench(self.blobs, SystemFiles(), self.local)
        self.project = project(settings=read_settings({"variants": dict(self.variants), **self.settings}))

    @property
    def upload_file(self) -> UploadFile:
        return UploadFile(self.find_project, self.keep, self.clock, self.ids, self.max_bytes)

    @property
    def upload_image(self) -> UploadImage:
        return UploadImage(
            find_project=self.find_project,
            keep=self.keep,
            read_header=self.read_header,
            promise=Promise(self.engine),
            signals=self.signals,
            clock=self.clock,
            ids=self.ids,
            max_bytes=self.max_bytes,
            taken_types=IMAGE_TYPES_TAKEN,
        )

    @property
    def make_variants(self) -> MakeVariants:
        return MakeVariants(self.store, self.transformer, self.workbench, Promise(self.engine), self.clock)

    def run_job(self, lease: timedelta = LEASE) -> RunJob:
        return RunJob({JobKind.PROCESS_IMAGE: self.make_variants}, self.queue, self.fail, lease)

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
        return found

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
