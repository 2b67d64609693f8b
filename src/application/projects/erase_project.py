"""Everything of a project goes: rows, blobs, and at last the project itself."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from application.jobs.run_job import Report
from application.ports.blob_store import BlobStore
from application.ports.files import FileBatches
from application.ports.history import History
from application.ports.unit_of_work import Store, UnitOfWork
from application.projects.forget_blobs import forget_blobs
from domain.access import EVERYTHING
from domain.errors import ParentMissing, Unavailable
from domain.media import MediaFile
from domain.object_keys import project_prefixes
from domain.projects import Project

Ending = Callable[[UnitOfWork], Awaitable[None]]

BATCH = 200
PAST_BATCH = 1000
MOST_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class EraseProject:
    """Erase a project that nobody sees any more.

    Stopped anywhere, it can be begun again: rows go before their blobs, and the project is forgotten only when
    neither a row nor a blob of it is left. What arrives meanwhile is found by another round. Its past, which may be
    millions of rows, goes in steps that hold nobody up.
    """

    store: Store
    batches: FileBatches
    blobs: BlobStore
    history: History

    async def __call__(self, project: Project, end: Ending, report: Report = lambda percent: None) -> None:
        """`end` is done in the unit of work that forgets the project."""
        for _ in range(MOST_ROUNDS):
            await self._forget_files(project, report)
            await self._forget_blobs(project)
            while await self.history.forget_project(project.id, limit=PAST_BATCH):
                pass
            if await self._forget(project, end):
                return
        raise Unavailable("files still arrive in a project that is being erased")

    async def _forget_files(self, project: Project, report: Report) -> None:
        done = 0
        while batch := await self.batches.of_project(project.id, after=None, limit=BATCH):
            await self._forget_rows(project, batch)
            await forget_blobs(self.blobs, (key for file in batch for key in file.keys))
            done += len(batch)
            report(min(99, 100 * done // max(done, project.files_count)))

    async def _forget_rows(self, project: Project, batch: Sequence[MediaFile]) -> None:
        async with self.store.begin() as unit:
            # Held, so that nobody who works on one of these files waits for us while we wait for them.
            await unit.projects.get(EVERYTHING, project.id)
            for file in batch:
                await unit.files.remove(file.id)
            await unit.commit()

    async def _forget_blobs(self, project: Project) -> None:
        """What no row spoke of: keys that variants once had, and what a crash left behind."""
        for prefix in project_prefixes(project.slug, project.id):
            keys: list[str] = []
            async with aclosing(self.blobs.list(prefix)) as left:
                async for info in left:
                    keys.append(info.key)
                    if len(keys) == BATCH:
                        await forget_blobs(self.blobs, keys)
                        keys.clear()
            await forget_blobs(self.blobs, keys)

    async def _forget(self, project: Project, end: Ending) -> bool:
        """False when files arrived meanwhile."""
        try:
            async with self.store.begin() as unit:
                await unit.projects.get(EVERYTHING, project.id)
                await end(unit)
                # Their links are good for a while yet: what is sent by them the sweep takes away.
                await unit.presigned_uploads.leave(project.id)
                await unit.projects.remove(project.id)
                await unit.commit()
        except ParentMissing:
            return False
        return True
