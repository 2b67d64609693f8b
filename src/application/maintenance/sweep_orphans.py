"""Taking away what crashes left behind."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from application.jobs.finish_job import finish_job
from application.jobs.run_job import Report
from application.ports.blob_store import BlobInfo, BlobMissing, BlobStore
from application.ports.clock import Clock
from application.ports.direct_links import LINK_LIFE
from application.ports.files import FileBatches
from application.ports.presigned_uploads import PresignedUploadReads
from application.ports.projects import ProjectReads
from application.ports.unfinished_uploads import UnfinishedUploads
from application.ports.unit_of_work import Store
from application.variants.workbench import Workbench
from domain.access import EVERYTHING
from domain.jobs import Job
from domain.media import FileStatus, MediaFile
from domain.object_keys import incoming_upload, project_of

BATCH = 1000
A_MOMENT = timedelta(minutes=5)  # clocks differ, and what a link leads to takes a while to be read


@dataclass(frozen=True, slots=True)
class Swept:
    """What was taken away, or would be: files that never arrived, announced uploads that nobody
    completed or needs to remember, blobs that belong to nobody, unfinished things.

    `looked_at` counts the blobs gone through, `foreign` the old ones of them that are none of ours and stay.
    """

    arrivals: int = 0
    uploads: int = 0
    orphans: int = 0
    orphan_bytes: int = 0
    unfinished: int = 0
    looked_at: int = 0
    foreign: int = 0


Tell = Callable[[Swept], None]


@dataclass(frozen=True, slots=True)
class SweepOrphans:
    """Remove what nobody has finished or asked for within the grace: never anything young, never what a row names.

    Of blobs only those of projects we know: a store may be shared with others, with another Darkroom too, and one
    that was started on the wrong database must not take everything for nobody's. A picture that was replaced stays
    for as long as somebody may still be on the way to it.
    """

    store: Store
    blobs: BlobStore
    batches: FileBatches
    projects: ProjectReads
    workbench: Workbench
    clock: Clock
    grace: timedelta
    unfinished: UnfinishedUploads | None = None
    uploads: PresignedUploadReads | None = None

    async def __call__(self, *, dry_run: bool = False, tell: Tell = lambda swept: None) -> Swept:
        """Go through everything once; `tell` hears how far it is."""
        swept = await self._arrivals(Swept(), tell, dry_run=dry_run)
        swept = await self._uploads(self.uploads, swept, dry_run=dry_run) if self.uploads else swept
        swept = await self._orphans(swept, tell, dry_run=dry_run)
        if not dry_run:
            left = await self.workbench.sweep(self.grace)
            if self.unfinished is not None:
                own = _Own(self.projects, self.uploads)
                left += await self.unfinished.drop_unfinished(self.clock.now() - self.grace, own)
            swept = replace(swept, unfinished=left)
        tell(swept)
        return swept

    async def run(self, job: Job, report: Report) -> None:
        """The same, as a job."""
        await self(tell=lambda swept: report(min(99, swept.looked_at // BATCH)))
        async with self.store.begin() as unit:
            await finish_job(unit, job, self.clock.now())
            await unit.commit()

    async def _arrivals(self, swept: Swept, tell: Tell, *, dry_run: bool) -> Swept:
        while files := await self.batches.abandoned(for_longer_than=self.grace, limit=BATCH):
            gone = len(files) if dry_run else await self._forget(files)
            swept = replace(swept, arrivals=swept.arrivals + gone)
            tell(swept)
            if dry_run or not gone:
                break
        return swept

    async def _forget(self, files: Sequence[MediaFile]) -> int:
        """Rows first, bytes after; one that arrived at the last moment stays."""
        gone = 0
        for file in files:
            async with self.store.begin() as unit:
                current = await unit.files.get(EVERYTHING, file.id)
                if current is None or current.status is not FileStatus.PENDING:
                    continue
                await unit.files.remove(file.id)
                await unit.commit()
            gone += 1
            for key in file.keys:
                await self.blobs.remove(key)
        return gone

    async def _uploads(self, uploads: PresignedUploadReads, swept: Swept, *, dry_run: bool) -> Swept:
        """Bytes first, since a key alone does not say whose it is; those of which something was made have none."""
        while gone := await uploads.gone(limit=BATCH):
            swept = replace(swept, uploads=swept.uploads + len(gone))
            if dry_run:
                break
            for upload in gone:
                await self.blobs.remove(upload.object_key)
                async with self.store.begin() as unit:
                    await unit.presigned_uploads.remove(upload.id)
                    await unit.commit()
        return swept

    async def _orphans(self, swept: Swept, tell: Tell, *, dry_run: bool) -> Swept:
        before, own = self.clock.now() - self.grace, _Own(self.projects, self.uploads)
        async for page in _pages(self.blobs):
            swept = replace(swept, looked_at=swept.looked_at + len(page))
            for info in await self._unnamed(page, before):
                if not await own(info.key):
                    swept = replace(swept, foreign=swept.foreign + 1)
                elif dry_run or await self._removed(info.key, before):
                    size = swept.orphan_bytes + info.size
                    swept = replace(swept, orphans=swept.orphans + 1, orphan_bytes=size)
            tell(swept)
        return swept

    async def _unnamed(self, page: Sequence[BlobInfo], before: datetime) -> list[BlobInfo]:
        """Those that are old and that no row names."""
        old = [info for info in page if info.modified_at < before]
        needed = await self._needed([info.key for info in old]) if old else frozenset()
        return [info for info in old if info.key not in needed]

    async def _needed(self, keys: Sequence[str]) -> frozenset[str]:
        lately = self.clock.now() - LINK_LIFE - A_MOMENT
        # In this order: what gives a key up after the first look is found by the second.
        return await self.batches.known(keys) | await self.batches.given_up(keys, since=lately)

    async def _removed(self, key: str, before: datetime) -> bool:
        """Look once more: somebody may have put it there anew, or come to need it, since it was listed."""
        try:
            info = await self.blobs.stat(key)
        except BlobMissing:
            return False
        if info.modified_at >= before or await self._needed([key]):
            return False
        await self.blobs.remove(key)
        return True


@dataclass(frozen=True, slots=True)
class _Own:
    """Knows the keys of our own projects, and asks about each project once; and those of uploads we saw completed."""

    projects: ProjectReads
    uploads: PresignedUploadReads | None
    _asked: dict[UUID, bool] = field(default_factory=dict)

    async def __call__(self, key: str) -> bool:
        upload_id, project_id = incoming_upload(key), project_of(key)
        if upload_id is not None and self.uploads is not None:
            return upload_id in await self.uploads.completed([upload_id])
        if project_id is None:
            return False
        if project_id not in self._asked:
            self._asked[project_id] = await self.projects.get(EVERYTHING, project_id) is not None
        return self._asked[project_id]


async def _pages(blobs: BlobStore) -> AsyncIterator[list[BlobInfo]]:
    page: list[BlobInfo] = []
    async for info in blobs.list():
        page.append(info)
        if len(page) >= BATCH:
            yield page
            page = []
    if page:
        yield page
