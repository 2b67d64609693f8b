"""From pictures in the store to pictures that can be seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from application.jobs.finish_job import finish_job, held, job_update
from application.ports.clock import Clock
from application.ports.unit_of_work import Store, UnitOfWork
from application.variants.begin_variants import Assignment
from application.variants.promise import Promise
from application.variants.render_variants import Yield
from application.variants.workbench import Workbench
from domain.access import EVERYTHING
from domain.events import Event, EventKind
from domain.jobs import Job, JobStatus
from domain.media import PUBLIC_COPY, FileStatus, MediaFile
from domain.projects import Project
from domain.settling import Settled, settle
from domain.usage import UsageKind, UsageLine
from domain.variants import WantedVariant


@dataclass(frozen=True, slots=True)
class SettleVariants:
    """Settle file, counters and job in one step; afterwards remove what that step left to nobody."""

    store: Store
    promise: Promise
    workbench: Workbench
    clock: Clock

    async def __call__(self, job: Job, assignment: Assignment, made: Yield) -> None:
        """When the project wants something else by now, the job is due again instead of done."""
        async with self.store.begin() as unit:
            project = await unit.projects.get(EVERYTHING, assignment.project.id)
            file = await unit.files.get(EVERYTHING, assignment.file.id) if project else None
            settled = self._settled(project, file, assignment, made) if project and file else None
            if settled is not None:
                await self._write(unit, job, settled)
            if settled is None or settled.over:
                await finish_job(unit, job, self.clock.now())
            else:
                await unit.jobs.retry(held(job), after=timedelta(0), spent=False)
                await unit.events.add(job_update(job, JobStatus.PENDING, self.clock.now()))
            await unit.commit()
        await self.workbench.forget(settled.left_behind if settled else assignment.keys)
        await self.workbench.retire(settled.replaced if settled else ())
        if settled is not None and settled.drops_original:
            for key in given_up(settled.file):
                await self.workbench.give_up(key)

    def _settled(self, project: Project, file: MediaFile, assignment: Assignment, made: Yield) -> Settled:
        now, wanted = self.clock.now(), self.promise.choose(project.settings)
        over = _recipes(wanted) == _recipes(assignment.wanted)
        file = replace(file, metadata={**file.metadata, **made.told})
        settled = settle(file, made.variants, wanted, now, over=over, placeholder=made.placeholder)
        return settled if project.settings.keep_original else settled.without_original(now)

    async def _write(self, unit: UnitOfWork, job: Job, settled: Settled) -> None:
        file, now = settled.file, self.clock.now()
        await unit.files.save(file)
        if settled.drops_original and file.public_copy is not None:
            await unit.files.save_variants(file.id, (), drop=[PUBLIC_COPY])
        if settled.changed:
            await unit.files.save_variants(file.id, settled.changed)
        if settled.made or settled.stored:
            made = len(settled.made)
            await unit.projects.count(file.project_id, stored=settled.stored, transforms=made, bounded=False)
        lines = [UsageLine(now.date(), UsageKind.MADE, each.name, 1, each.stored_bytes) for each in settled.made]
        if lines:
            await unit.usage.add(file.project_id, lines)
        await unit.events.add(*_events(job, settled, now))


def given_up(file: MediaFile) -> list[str]:
    """Where its original lies, and what strangers get instead."""
    copy = file.public_copy
    return [file.key, *([copy.key] if copy else [])]


def _recipes(wanted: Sequence[WantedVariant]) -> set[tuple[str, str]]:
    return {(want.name, want.recipe) for want in wanted}


def _events(job: Job, settled: Settled, now: datetime) -> Iterator[Event]:
    file = settled.file

    def event(kind: EventKind, **data: object) -> Event:
        return Event(kind, file.project_id, now, file.id, job.id, data)

    for variant in settled.made:
        yield event(EventKind.VARIANT_READY, variant=variant.name)
    for variant in settled.failed:
        yield event(EventKind.VARIANT_FAILED, variant=variant.name, reason=variant.reason)
    if settled.moved:
        failed = file.status is FileStatus.FAILED
        yield event(EventKind.FILE_FAILED, reason=file.reason) if failed else event(EventKind.FILE_READY)
    if settled.drops_original:
        yield event(EventKind.ORIGINAL_DELETED)
