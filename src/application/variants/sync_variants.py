"""A whole project brought in line with its settings: one job for each file that has something to do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from application.files.in_batches import in_batches
from application.jobs.finish_job import finish_job, held, job_update
from application.jobs.queue_job import queue_job
from application.jobs.run_job import Report
from application.ports.clock import Clock
from application.ports.files import FileBatches
from application.ports.ids import Ids
from application.ports.signals import Signals
from application.ports.unit_of_work import Store, UnitOfWork
from application.variants.promise import Promise
from domain.access import EVERYTHING
from domain.jobs import JOBS_TOPIC, Job, JobKind, JobStatus
from domain.media import MediaFile
from domain.projects import Project
from domain.sync import plan_file
from domain.variants import WantedVariant

BATCH = 200


@dataclass(frozen=True, slots=True)
class Walk:
    """How far the files of a project have been gone through, and what was wanted of them."""

    recipes: tuple[str, ...]
    after: UUID | None = None
    seen: int = 0

    def to_payload(self) -> dict[str, Any]:
        """As it is remembered with the job."""
        return {"recipes": list(self.recipes), "after": str(self.after) if self.after else None, "seen": self.seen}

    def resumed(self, payload: Any) -> "Walk":
        """Where a walk for the same got to; another one says nothing about this."""
        if payload.get("recipes") != list(self.recipes) or not payload.get("after"):
            return self
        return replace(self, after=UUID(payload["after"]), seen=payload["seen"])


@dataclass(frozen=True, slots=True)
class SyncVariants:
    """Go through the files in batches, remembering how far, so that whoever takes it up goes on from there."""

    store: Store
    batches: FileBatches
    promise: Promise
    signals: Signals
    clock: Clock
    ids: Ids

    async def __call__(self, job: Job, report: Report) -> None:
        """Done once every file has what the project wants at that very moment."""
        project = await self._begin(job)
        walk = None
        while project is not None:
            wanted = self.promise.choose(project.settings)
            start = Walk(_recipes(wanted))
            walk = start.resumed(job.payload) if walk is None else start
            await self._go_through(job, project, wanted, walk, report)
            project = await self._end(job, start)

    async def _begin(self, job: Job) -> Project | None:
        async with self.store.begin() as unit:
            project = await self._open_project(unit, job)
            if project is None:
                await finish_job(unit, job, self.clock.now())
            else:
                await unit.jobs.note(held(job), progress=0)
                await unit.events.add(job_update(job, JobStatus.PROCESSING, self.clock.now()))
            await unit.commit()
        return project

    async def _end(self, job: Job, begun: Walk) -> Project | None:
        """Finish, unless the project wants something else by now; then it is answered, to be gone through again."""
        async with self.store.begin() as unit:
            project = await self._open_project(unit, job)
            if project is not None and _recipes(self.promise.choose(project.settings)) != begun.recipes:
                return project
            await finish_job(unit, job, self.clock.now())
            await unit.commit()
        return None

    async def _open_project(self, unit: UnitOfWork, job: Job) -> Project | None:
        project = await unit.projects.get(EVERYTHING, job.project_id) if job.project_id else None
        return project if project is not None and project.open else None

    async def _go_through(
        self, job: Job, project: Project, wanted: Sequence[WantedVariant], walk: Walk, report: Report
    ) -> None:
        async for files in in_batches(self.batches, project.id, after=walk.after, limit=BATCH):
            walk = replace(walk, after=files[-1].id, seen=walk.seen + len(files))
            progress = min(99, walk.seen * 100 // max(1, project.files_count))
            busy = [file for file in files if plan_file(file, wanted).changes]
            await self._queue(job, busy, walk, progress)
            report(progress)

    async def _queue(self, job: Job, files: Sequence[MediaFile], walk: Walk, progress: int) -> None:
        now = self.clock.now()
        async with self.store.begin() as unit:
            for file in files:
                await queue_job(unit, self._job(file), now)
            await unit.jobs.note(held(job), progress=progress, payload=walk.to_payload())
            await unit.commit()
        if files:
            await self.signals.send(JOBS_TOPIC)

    def _job(self, file: MediaFile) -> Job:
        return Job.fresh(
            self.ids.new(),
            JobKind.SYNC_FILE_VARIANTS,
            self.clock.now(),
            project_id=file.project_id,
            file_id=file.id,
            unique_key=f"sync-file:{file.id}",
        )


def _recipes(wanted: Sequence[WantedVariant]) -> tuple[str, ...]:
    return tuple(sorted(f"{want.name} {want.recipe}" for want in wanted))
