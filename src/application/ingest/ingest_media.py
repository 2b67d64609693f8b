"""Looking through a source for what is new."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from uuid import uuid5

from application.ingest.source import FindIntakeProject, Intake
from application.jobs.finish_job import finish_job, held, job_update, queue_periodic
from application.jobs.run_job import Report
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.ingest_sources import SourceObject
from application.ports.ingested import IngestedObject, IngestStatus, ObjectVersion
from application.ports.signals import Signals
from application.ports.unit_of_work import Store, UnitOfWork
from domain.jobs import JOBS_TOPIC, Job, JobKind, JobStatus
from domain.projects import Project

BATCH = 200
LONGEST_KEY = 1024
KEY = "key"
"""In the payload of a job that looks for one object alone."""


@dataclass(frozen=True, slots=True)
class IngestMedia:
    """Go through the source in batches and queue each version of each object that nobody has seen before."""

    intake: Intake | None
    find_project: FindIntakeProject
    store: Store
    signals: Signals
    clock: Clock
    ids: Ids

    async def __call__(self, job: Job, report: Report) -> None:
        """The whole source, or the object that the job names, which is then tried again even if it failed before."""
        await self._begin(job)
        if self.intake is not None:
            project, only = await self.find_project(self.intake), job.payload.get(KEY)
            if only is not None:
                await self._one(project, self.intake, str(only))
            else:
                await self._all(project, self.intake, report)
        await self._end(job)

    async def _begin(self, job: Job) -> None:
        async with self.store.begin() as unit:
            await unit.jobs.note(held(job), progress=0)
            await unit.events.add(job_update(job, JobStatus.PROCESSING, self.clock.now()))
            await unit.commit()

    async def _end(self, job: Job) -> None:
        """The next round is queued in the unit that ends this one."""
        now = self.clock.now()
        async with self.store.begin() as unit:
            await finish_job(unit, job, now)
            schedule = self.intake.schedule if self.intake else None
            if schedule is not None:
                delay = schedule.after(now) - now
                await queue_periodic(unit, uuid5(job.id, "next"), JobKind.INGEST_MEDIA, now, delay)
            await unit.commit()

    async def _all(self, project: Project, intake: Intake, report: Report) -> None:
        seen = 0
        async for batch in _batches(intake):
            await self._announce(project, intake, batch)
            seen += len(batch)
            # Nobody knows how long a source is: the way is half gone after ten thousand, and never whole.
            report(min(99, seen * 100 // (seen + 10_000)))

    async def _one(self, project: Project, intake: Intake, key: str) -> None:
        found = await intake.source.stat(key)
        if not await self._announce(project, intake, [found]):
            await self._again(project, intake, found)

    async def _announce(self, project: Project, intake: Intake, batch: Sequence[SourceObject]) -> int:
        now, name = self.clock.now(), intake.source.name
        seen = [
            IngestedObject(ObjectVersion(project.id, name, each.key, each.etag), now, each.size)
            for each in batch
            if _is_object(each)
        ]
        async with self.store.begin() as unit:
            fresh = await unit.ingested.announce(seen)
            for each in fresh:
                await self._queue(unit, each)
            await unit.commit()
        if fresh:
            await self.signals.send(JOBS_TOPIC)
        return len(fresh)

    async def _again(self, project: Project, intake: Intake, found: SourceObject) -> None:
        version = ObjectVersion(project.id, intake.source.name, found.key, found.etag)
        async with self.store.begin() as unit:
            known = await unit.ingested.get(version)
            if known is not None and known.status is not IngestStatus.KEPT and await self._queue(unit, known):
                await unit.ingested.settle(version, IngestStatus.WAITING)
            await unit.commit()
        await self.signals.send(JOBS_TOPIC)

    async def _queue(self, unit: UnitOfWork, wanted: IngestedObject) -> bool:
        version = wanted.version
        job = Job.fresh(
            self.ids.new(),
            JobKind.INGEST_OBJECT,
            self.clock.now(),
            project_id=version.project_id,
            unique_key=f"ingest:{version.id}",
            payload={"source": version.source, "key": version.key, "etag": version.etag, "size": wanted.size},
        )
        return await unit.jobs.add(job)


async def _batches(intake: Intake) -> AsyncIterator[list[SourceObject]]:
    batch: list[SourceObject] = []
    async with aclosing(intake.source.list()) as found:
        async for each in found:
            batch.append(each)
            if len(batch) >= BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def _is_object(found: SourceObject) -> bool:
    """Folders that pretend to be objects are none, and what no database can name cannot be remembered."""
    if not found.key or found.key.endswith("/") or "\0" in found.key:
        return False
    try:
        return len(found.key.encode()) <= LONGEST_KEY
    except UnicodeEncodeError:
        return False
