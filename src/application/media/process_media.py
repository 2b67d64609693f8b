"""What a film or a sound is, and the picture that stands for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from application.files.screen_original import ScreenOriginal
from application.jobs.finish_job import finish_job, held, job_update
from application.jobs.run_job import Report
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.media_examiner import POSTER_EXTENSION, POSTER_MIME, Examined, MediaExaminer
from application.ports.signals import Signals
from application.ports.unit_of_work import Store, UnitOfWork
from application.variants.promise import Promise
from application.variants.workbench import Workbench
from domain.access import EVERYTHING
from domain.events import Event, EventKind
from domain.jobs import GENTLY, JOBS_TOPIC, Job, JobKind, JobStatus
from domain.media import POSTER, FileStatus, MediaFile, Variant
from domain.object_keys import variant_key
from domain.projects import Project
from domain.recordings import POSTER_RECIPE, poster_of
from domain.sync import plan_file
from domain.usage import UsageKind, UsageLine


@dataclass(frozen=True, slots=True)
class ProcessMedia:
    """Look into a film or a sound; what its project wants made of its pictures is then made of the poster.

    A decoder that died of a film is not asked for a picture of it again.
    """

    store: Store
    examiner: MediaExaminer
    workbench: Workbench
    promise: Promise
    signals: Signals
    clock: Clock
    ids: Ids
    screen: ScreenOriginal | None = None

    async def __call__(self, job: Job, report: Report) -> None:
        """A file deleted meanwhile is no error."""
        begun = await self._begin(job)
        if begun is None:
            return
        project, file = begun
        if self.screen is not None and self.screen.concerns(project, file):
            await self.screen(file.id)
            project, file = await self._found(job) or begun
        async with self.workbench.set_up(file.key) as (source, bench):
            into = _unless_gently(job, bench)
            examined = await self.examiner.examine(source, file.mime_type, into, owner=project.owner_id)
            report(50)
            poster = await self._keep(project, file, examined)
        if not await self._settle(job, file, examined, poster) and poster is not None:
            await self.workbench.forget([poster.key])
        await self.signals.send(JOBS_TOPIC)

    async def _begin(self, job: Job) -> tuple[Project, MediaFile] | None:
        async with self.store.begin() as unit:
            found = await _found(unit, job)
            if found is None:
                await finish_job(unit, job, self.clock.now())
            else:
                await unit.jobs.note(held(job), progress=0)
                await unit.events.add(job_update(job, JobStatus.PROCESSING, self.clock.now()))
            await unit.commit()
        return found

    async def _found(self, job: Job) -> tuple[Project, MediaFile] | None:
        async with self.store.begin() as unit:
            return await _found(unit, job)

    async def _keep(self, project: Project, file: MediaFile, examined: Examined) -> Variant | None:
        """The poster into the store; the same film gives the same one, so that writing it twice is harmless."""
        made = examined.poster
        if made is None:
            return None
        plain = variant_key(project.slug, project.id, POSTER, file.id, POSTER_EXTENSION)
        key = self.promise.placement.key(project, plain)
        await self.workbench.store(made.path, key, POSTER_MIME)
        poster = Variant(file.id, POSTER, POSTER_RECIPE, key, POSTER_MIME)
        return poster.made(width=made.width, height=made.height, size=made.size)

    async def _settle(self, job: Job, file: MediaFile, examined: Examined, poster: Variant | None) -> bool:
        """Facts, poster and what is to be made of it, in one step; whether the file is still there."""
        now = self.clock.now()
        async with self.store.begin() as unit:
            found = await _found(unit, job)
            if found is not None:
                project, current = found
                known = examined.recording.told_of(current, now)
                await self._write(unit, job, project, known, poster or poster_of(current))
            await finish_job(unit, job, now)
            await unit.commit()
        return found is not None

    async def _write(
        self, unit: UnitOfWork, job: Job, project: Project, file: MediaFile, poster: Variant | None
    ) -> None:
        once = await unit.file_facts.once_named(file.id)
        pictured = _with(file, poster)
        create = plan_file(pictured, self.promise.choose(project.settings)).create
        waiting = tuple(self.promise.variant(project, file, want, again=want.name in once) for want in create)
        more = poster is not None and (bool(waiting) or file.placeholder is None)
        moved = not more and file.status is not FileStatus.READY
        status = FileStatus.PROCESSING if more and file.status is not FileStatus.READY else FileStatus.READY
        await self._count(unit, file, poster)
        await unit.files.save(replace(file, status=status, reason=None))
        rows = (*([poster] if poster else []), *waiting)
        if rows:
            await unit.files.save_variants(file.id, rows)
        for event in _events(job, file, poster, file.updated_at, moved=moved):
            await unit.events.add(event)
        if more:
            await self._queue(unit, file, waiting)

    async def _count(self, unit: UnitOfWork, file: MediaFile, poster: Variant | None) -> None:
        before = poster_of(file)
        if poster is None or poster == before:
            return
        grown = poster.stored_bytes - (before.stored_bytes if before else 0)
        await unit.projects.count(file.project_id, stored=grown, transforms=1, bounded=False)
        line = UsageLine(file.updated_at.date(), UsageKind.MADE, POSTER, 1, poster.stored_bytes)
        await unit.usage.add(file.project_id, [line])

    async def _queue(self, unit: UnitOfWork, file: MediaFile, waiting: Sequence[Variant]) -> None:
        job = Job.fresh(
            self.ids.new(),
            JobKind.PROCESS_IMAGE,
            file.updated_at,
            project_id=file.project_id,
            file_id=file.id,
            payload={"variants": [variant.name for variant in waiting]},
        )
        await unit.jobs.add(job)
        await unit.events.add(job_update(job, JobStatus.PENDING, file.updated_at))


def _unless_gently(job: Job, bench: Path) -> Path | None:
    return None if job.payload.get(GENTLY) else bench


async def _found(unit: UnitOfWork, job: Job) -> tuple[Project, MediaFile] | None:
    project = await unit.projects.get(EVERYTHING, job.project_id) if job.project_id else None
    file = await unit.files.get(EVERYTHING, job.file_id) if job.file_id and project else None
    return (project, file) if project and file else None


def _with(file: MediaFile, poster: Variant | None) -> MediaFile:
    if poster is None:
        return file
    return replace(file, variants=(*(each for each in file.variants if each.name != POSTER), poster))


def _events(job: Job, file: MediaFile, poster: Variant | None, now: datetime, *, moved: bool) -> list[Event]:
    told = []
    if poster is not None and poster != poster_of(file):
        told.append(Event(EventKind.VARIANT_READY, file.project_id, now, file.id, job.id, {"variant": POSTER}))
    if moved:
        told.append(Event(EventKind.FILE_READY, file.project_id, now, file.id, job.id))
    return told
