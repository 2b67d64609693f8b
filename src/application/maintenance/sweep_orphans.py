"""Taking away what crashes left behind."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from application.jobs.finish_job import finish_job
from application.jobs.run_job import Report
from application.ports.blob_store import BlobInfo, BlobMissing, BlobStore
from application.ports.clock import Clock
from application.ports.files import FileBatches
from application.ports.unfinished_uploads import UnfinishedUploads
from application.ports.unit_of_work import Store
from application.variants.workbench import Workbench
from domain.access import EVERYTHING
from domain.jobs import Job
from domain.media import FileStatus, MediaFile
from domain.object_keys import is_ours

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Swept:
    """What was taken away, or would be: files that never arrived, blobs that belong to nobody, unfinished things.

    `looked_at` counts the blobs gone through, `foreign` those of them that are none of ours and stay.
    """

    arrivals: int = 0
    orphans: int = 0
    orphan_bytes: int = 0
    unfinished: int = 0
    looked_at: int = 0
    foreign: int = 0


Tell = Callable[[Swept], None]


@dataclass(frozen=True, slots=True)
class SweepOrphans:
    """Remove what nobody has finished or asked for within the grace: never anything young, never what a row names."""

    store: Store
    blobs: BlobStore
    batches: FileBatches
    workbench: Workbench
    clock: Clock
    grace: timedelta
    unfinished: UnfinishedUploads | None = None

    async def __call__(self, *, dry_run: bool = False, tell: Tell = lambda swept: None) -> Swept:
        """Go through everything once; `tell` hears how far it is."""
        swept = await self._arrivals(Swept(), tell, dry_run=dry_run)
        swept = await self._orphans(swept, tell, dry_run=dry_run)
        if not dry_run:
            left = await self.workbench.sweep(self.grace)
            if self.unfinished is not None:
                left += await self.unfinished.drop_unfinished(self.clock.now() - self.grace)
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

    async def _orphans(self, swept: Swept, tell: Tell, *, dry_run: bool) -> Swept:
        before = self.clock.now() - self.grace
        async for page in _pages(self.blobs):
            foreign = sum(not is_ours(info.key) for info in page)
            old = [info for info in page if is_ours(info.key) and info.modified_at < before]
            known = await self.batches.known([info.key for info in old]) if old else frozenset()
            swept = replace(swept, looked_at=swept.looked_at + len(page), foreign=swept.foreign + foreign)
            for info in old:
                if info.key not in known and (dry_run or await self._removed(info.key, before)):
                    size = swept.orphan_bytes + info.size
                    swept = replace(swept, orphans=swept.orphans + 1, orphan_bytes=size)
            tell(swept)
        return swept

    async def _removed(self, key: str, before: datetime) -> bool:
        """Look once more: somebody may have put it there anew, or come to need it, since it was listed."""
        try:
            info = await self.blobs.stat(key)
        except BlobMissing:
            return False
        if info.modified_at >= before or await self.batches.known([key]):
            return False
        await self.blobs.remove(key)
        return True


async def _pages(blobs: BlobStore) -> AsyncIterator[list[BlobInfo]]:
    page: list[BlobInfo] = []
    async for info in blobs.list():
        page.append(info)
        if len(page) >= BATCH:
            yield page
            page = []
    if page:
        yield page
