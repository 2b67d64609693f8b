"""Originals that came in before, or while nobody else could see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.files.in_batches import in_batches
from application.files.screen_original import screening_job
from application.jobs.finish_job import finish_job
from application.jobs.queue_job import queue_job
from application.jobs.run_job import Report
from application.maintenance.promised_blobs import every_page
from application.ports.clock import Clock
from application.ports.files import FileBatches
from application.ports.ids import Ids
from application.ports.projects import ProjectReads
from application.ports.signals import Signals
from application.ports.unit_of_work import Store
from domain.access import EVERYTHING
from domain.jobs import JOBS_TOPIC, Job, JobKind
from domain.library import NOBODY
from domain.media import MediaFile
from domain.places.screening import is_unscreened
from domain.projects import Project

BATCH = 200


def project_screening_job(job_id: UUID, project: Project, now: datetime) -> Job:
    """For all files of a project; one that waits or is under way takes care of it as well."""
    return Job.fresh(job_id, JobKind.SCREEN_FILES, now, project_id=project.id, unique_key=f"screen-all:{project.id}")


@dataclass(frozen=True, slots=True)
class ScreenFiles:
    """Queue a job for every file of which strangers may not get the original before it is looked through."""

    store: Store
    batches: FileBatches
    projects: ProjectReads
    signals: Signals
    clock: Clock
    ids: Ids

    async def __call__(self, job: Job, report: Report) -> None:
        known: dict[UUID, Project | None] = {}
        pages = in_batches(self.batches, job.project_id, limit=BATCH) if job.project_id else every_page(self.batches)
        async for page in pages:
            await self._queue([file for file in page if await self._waits(file, known)])
        async with self.store.begin() as unit:
            await finish_job(unit, job, self.clock.now())
            await unit.commit()

    async def _waits(self, file: MediaFile, known: dict[UUID, Project | None]) -> bool:
        if file.screened:
            return False
        if file.project_id not in known:
            known[file.project_id] = await self.projects.get(EVERYTHING, file.project_id)
        project = known[file.project_id]
        return project is not None and is_unscreened(project, file, library=project.owner_id == NOBODY)

    async def _queue(self, files: Sequence[MediaFile]) -> None:
        if not files:
            return
        now = self.clock.now()
        async with self.store.begin() as unit:
            for file in files:
                await queue_job(unit, screening_job(self.ids.new(), file, now), now)
            await unit.commit()
        await self.signals.send(JOBS_TOPIC)
