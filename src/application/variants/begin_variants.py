"""What is to be made of a file, decided and promised before a single picture is made."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from application.jobs.finish_job import held, job_update
from application.ports.clock import Clock
from application.ports.image_transformer import Order
from application.ports.unit_of_work import Store, UnitOfWork
from application.variants.promise import Promise
from domain.access import EVERYTHING
from domain.events import Event, EventKind
from domain.jobs import Job, JobStatus
from domain.media import MediaFile, Variant, VariantStatus
from domain.object_keys import is_picture
from domain.projects import Project
from domain.recordings import source_of
from domain.sync import SOURCE_MISSING
from domain.variants import VariantPlan, WantedVariant

NO_ROOM = "The project holds more than its quota; once it has room again, a sync makes this variant."

Plan = Callable[[MediaFile, Sequence[WantedVariant]], VariantPlan]


@dataclass(frozen=True, slots=True)
class Assignment:
    """The pictures to make of a file, as their rows will be, and all that its project wanted at that moment."""

    project: Project
    file: MediaFile
    wanted: tuple[WantedVariant, ...]
    goals: tuple[Variant, ...]

    @property
    def orders(self) -> list[Order]:
        """The same, as the transformer wants to hear it."""
        return [Order(goal.name, self.project.settings.variants[goal.name]) for goal in self.goals]

    @property
    def keys(self) -> list[str]:
        """Under which they come to lie."""
        return [goal.key for goal in self.goals]

    @property
    def asks_for_the_source(self) -> bool:
        """Whether there is anything to do with the source, and one to do it with."""
        wanted = bool(self.goals) or self.file.placeholder is None
        return wanted and source_of(self.file) is not None

    @property
    def unseen(self) -> bool:
        """Whether it is a picture that nobody has looked into so far."""
        return self.file.placeholder is None and is_picture(self.file.key)


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is written down first: rows that wait for their pictures, rows that go, keys that nobody has any more."""

    rows: tuple[Variant, ...]
    dropped: tuple[Variant, ...]
    given_up: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BeginVariants:
    """Put down the rows of what is missing, under the keys they will keep, and drop what nobody wants.

    What was promised may lead a project beyond its quota, but not further and further: once it is there, nothing is
    added until it has room again.
    """

    store: Store
    promise: Promise
    clock: Clock

    async def __call__(self, job: Job, plan: Plan) -> tuple[Assignment, tuple[str, ...]] | None:
        """The work and the keys given up; None when there is no such file any more."""
        now = self.clock.now()
        async with self.store.begin() as unit:
            project = await unit.projects.get(EVERYTHING, job.project_id) if job.project_id else None
            file = await unit.files.get(EVERYTHING, job.file_id) if job.file_id and project else None
            if project is None or file is None:
                return None
            wanted = self.promise.choose(project.settings)
            planned = plan(file, wanted)
            waiting = {variant.name: variant for variant in file.variants}
            afresh = [want for want in planned.create if want.name not in waiting]
            once = await unit.file_facts.once_named(file.id) if afresh else frozenset(waiting)
            rows = tuple(self._row(project, file, want, once) for want in planned.create)
            anew = () if project.overdrawn else planned.replace
            successors = tuple(self.promise.variant(project, file, want, again=True) for want in anew)
            beginning = _beginning(file, rows, planned.drop)
            await self._write(unit, job, file, beginning)
            await unit.jobs.note(held(job), progress=0)
            await unit.events.add(job_update(job, JobStatus.PROCESSING, now))
            await unit.commit()
        to_make = tuple(row for row in rows if row.status is VariantStatus.PENDING)
        return Assignment(project, file, wanted, to_make + successors), beginning.given_up

    def _row(self, project: Project, file: MediaFile, want: WantedVariant, once: frozenset[str]) -> Variant:
        there = next((variant for variant in file.variants if variant.name == want.name), None)
        fresh = self.promise.variant(project, file, want, again=want.name in once)
        if there is not None and there.recipe == want.recipe:
            fresh = replace(fresh, key=there.key)
        if file.original_deleted_at is not None:
            return fresh.refused(SOURCE_MISSING)
        return fresh.refused(NO_ROOM) if project.overdrawn else fresh

    async def _write(self, unit: UnitOfWork, job: Job, file: MediaFile, beginning: Beginning) -> None:
        dropped = [variant.name for variant in beginning.dropped]
        changed = [row for row in beginning.rows if row not in file.variants]
        if changed or dropped:
            await unit.files.save_variants(file.id, changed, drop=dropped)
        freed = sum(variant.stored_bytes for variant in beginning.dropped)
        if freed:
            await unit.projects.count(file.project_id, stored=-freed, bounded=False)
        await unit.events.add(*self._events(job, file, beginning))

    def _events(self, job: Job, file: MediaFile, beginning: Beginning) -> Iterator[Event]:
        now = self.clock.now()
        for variant in beginning.dropped:
            told = {"variant": variant.name}
            yield Event(EventKind.VARIANT_DROPPED, file.project_id, now, file.id, job.id, told)
        for variant in beginning.rows:
            if variant.status is VariantStatus.FAILED:
                why = {"variant": variant.name, "reason": variant.reason}
                yield Event(EventKind.VARIANT_FAILED, file.project_id, now, file.id, job.id, why)


def _beginning(file: MediaFile, rows: Sequence[Variant], drop: Sequence[str]) -> Beginning:
    fresh = {row.name: row.key for row in rows}
    dropped = tuple(variant for variant in file.variants if variant.name in drop)
    moved = [v.key for v in file.variants if v.name in fresh and v.key != fresh[v.name]]
    return Beginning(tuple(rows), dropped, (*(variant.key for variant in dropped), *moved))
