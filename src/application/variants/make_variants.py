"""Pictures out of a picture: one decode, every variant."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime

from application.jobs.fail_job import held
from application.ports.clock import Clock
from application.ports.image_transformer import ImageTransformer, NotRendered, Order, Rendered
from application.ports.unit_of_work import Store
from application.variants.promise import Promise
from application.variants.workbench import Workbench
from domain.access import EVERYTHING
from domain.errors import Gone
from domain.events import Event, EventKind
from domain.jobs import Job, JobStatus
from domain.media import FileStatus, MediaFile, Variant, VariantStatus
from domain.projects import Project
from domain.variants import WantedVariant


class SourceMissing(Gone):
    """The original is not kept any more, so nothing new can be made of it."""

    code = "source_missing"


@dataclass(frozen=True, slots=True)
class MakeVariants:
    """Render the variants a file waits for, store them, and settle file and job in one step."""

    store: Store
    transformer: ImageTransformer
    workbench: Workbench
    promise: Promise
    clock: Clock

    async def __call__(self, job: Job) -> None:
        async with self.store.begin() as unit:
            file = await unit.files.get(EVERYTHING, job.file_id) if job.file_id else None
            project = await unit.projects.get(EVERYTHING, job.project_id)
        made: list[Variant] = []
        if file is not None and project is not None:
            try:
                await self._make_all(project, file, made)
            except Exception:
                if await self._is_there(file):
                    raise
        await self._settle(job, made)

    async def _make_all(self, project: Project, file: MediaFile, made: list[Variant]) -> None:
        """Whatever becomes of it, `made` has the variants that were come to."""
        waiting = {variant.name: variant async for variant in self._waiting(project, file)}
        orders = [Order(name, project.settings.variants[name]) for name, v in waiting.items() if _makeable(v)]
        made += [variant for variant in waiting.values() if not _makeable(variant)]
        if orders:
            async for variant in self._make(file, waiting, orders):
                made.append(variant)

    async def _is_there(self, file: MediaFile) -> bool:
        async with self.store.begin() as unit:
            return await unit.files.get(EVERYTHING, file.id) is not None

    async def _waiting(self, project: Project, file: MediaFile) -> AsyncIterator[Variant]:
        """What is still to be made, by today's recipes."""
        wanted = {want.name: want for want in self.promise.choose(project.settings.variants, None)}
        for variant in file.variants:
            want = wanted.get(variant.name)
            if variant.status is VariantStatus.READY:
                continue
            if want is None:
                yield variant.refused("the project has no such variant any more")
            elif want.recipe != variant.recipe:
                yield await self._by_another_recipe(project, file, want)
            else:
                yield replace(variant, status=VariantStatus.PENDING, reason=None)

    async def _by_another_recipe(self, project: Project, file: MediaFile, want: WantedVariant) -> Variant:
        """Under the key that was promised, unless that has held a picture of the recipe before."""
        variant = self.promise.variant(project, file, want)
        if await self.workbench.holds(variant.key):
            return self.promise.variant(project, file, want, again=True)
        return variant

    async def _make(
        self, file: MediaFile, waiting: dict[str, Variant], orders: Sequence[Order]
    ) -> AsyncIterator[Variant]:
        if file.original_deleted_at is not None:
            raise SourceMissing("the original of this file is not kept any more")
        async with (
            self.workbench.set_up(file.key) as (source, bench),
            aclosing(self.transformer.render(source, file.mime_type, orders, bench)) as results,
        ):
            async for result in results:
                yield await self._keep(waiting[result.name], result)

    async def _keep(self, variant: Variant, result: Rendered | NotRendered) -> Variant:
        if isinstance(result, NotRendered):
            return variant.refused(result.reason)
        await self.workbench.store(result.path, variant.key, variant.mime_type)
        return variant.made(width=result.width, height=result.height, size=result.size)

    async def _settle(self, job: Job, made: Sequence[Variant]) -> None:
        async with self.store.begin() as unit:
            await unit.jobs.complete(held(job))
            file = await unit.files.get(EVERYTHING, job.file_id) if job.file_id else None
            if file is not None:
                settled = file.settled(_merged(file, made), self.clock.now())
                await unit.files.save(settled)
                await unit.files.save_variants(file.id, made)
                await unit.projects.count(job.project_id, **_cost(made), bounded=False)
                for event in _events(job, settled, made):
                    await unit.events.add(event)
            await unit.events.add(_completed(job, self.clock.now()))
            await unit.commit()
        if file is None:
            # It was deleted while we worked: what we stored belongs to nobody.
            await self.workbench.forget(variant.key for variant in made)


def _makeable(variant: Variant) -> bool:
    return variant.status is VariantStatus.PENDING


def _merged(file: MediaFile, made: Sequence[Variant]) -> tuple[Variant, ...]:
    fresh = {variant.name: variant for variant in made}
    return tuple(fresh.get(variant.name, variant) for variant in file.variants)


def _cost(made: Sequence[Variant]) -> dict[str, int]:
    ready = [variant for variant in made if variant.status is VariantStatus.READY]
    return {"stored": sum(variant.size or 0 for variant in ready), "transforms": len(ready)}


def _events(job: Job, file: MediaFile, made: Sequence[Variant]) -> Iterator[Event]:
    def event(kind: EventKind, **data: object) -> Event:
        return Event(kind, job.project_id, file.updated_at, file.id, job.id, data)

    for variant in made:
        ready = variant.status is VariantStatus.READY
        kind = EventKind.VARIANT_READY if ready else EventKind.VARIANT_FAILED
        yield event(kind, variant=variant.name, **({} if ready else {"reason": variant.reason}))
    yield event(EventKind.FILE_READY if file.status is FileStatus.READY else EventKind.FILE_FAILED)


def _completed(job: Job, now: datetime) -> Event:
    data = {"status": JobStatus.COMPLETED.value, "attempts": job.attempts}
    return Event(EventKind.JOB_UPDATE, job.project_id, now, job.file_id, job.id, data)
