"""Pictures out of a picture: one decode, every variant, each on its way to the store while the next is encoded."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from application.jobs.run_job import Report
from application.ports.image_transformer import DecoderLost, Glimpse, ImageTransformer, NotRendered, Order, Rendered
from application.ports.metadata_reader import MetadataReader
from application.variants.begin_variants import Assignment
from application.variants.promise import keeps_camera
from application.variants.workbench import Workbench
from domain.media import Variant
from domain.recordings import source_of

STORED_AT_ONCE = 2
GENTLY_FOR = 240.0
NO_TIME = "The picture's other variants have taken all the time there is for one picture."


@dataclass
class Yield:
    """What has come of an assignment so far."""

    report: Report
    of: int
    variants: list[Variant] = field(default_factory=list)
    glimpse: Glimpse | None = None
    told: Mapping[str, Any] = field(default_factory=dict)

    def add(self, variant: Variant) -> None:
        """One more that was come to."""
        self.variants.append(variant)
        self.report(min(99, len(self.variants) * 100 // self.of))

    @property
    def placeholder(self) -> Mapping[str, Any] | None:
        """What is shown before the picture itself."""
        return {"thumbhash": self.glimpse.thumbhash, "color": self.glimpse.colour} if self.glimpse else None


@dataclass(frozen=True, slots=True)
class RenderVariants:
    """Make what an assignment asks for and put it into the store, telling `made` of each as it is done."""

    transformer: ImageTransformer
    workbench: Workbench
    gently_for: float = GENTLY_FOR
    reader: MetadataReader | None = None

    async def __call__(self, assignment: Assignment, made: Yield, *, gently: bool) -> None:
        """`gently` gives the decoder one order at a time; one that still kills it is refused, and the rest goes on.

        That may take as long for each as all would have together, so none is begun after `gently_for` seconds:
        nobody else's pictures wait for hours behind one that is made to be slow.
        """
        made_of = source_of(assignment.file)
        if made_of is None:
            return
        async with self.workbench.set_up(made_of.key) as (source, bench):
            if self.reader is not None and assignment.unseen:
                owner = assignment.project.owner_id
                made.told = await self.reader.read(source, made_of.mime_type, owner=owner)
            try:
                async with asyncio.TaskGroup() as storing:
                    errand = _Errand(self, assignment, made, source, made_of.mime_type, bench, storing)
                    error = await errand.run(gently=gently)
            except BaseExceptionGroup as group:
                raise _first(group) from None
            if error is not None:
                raise error


@dataclass
class _Errand:
    """One source on the bench."""

    by: RenderVariants
    assignment: Assignment
    made: Yield
    source: Path
    mime_type: str
    bench: Path
    storing: asyncio.TaskGroup
    rendered: set[str] = field(default_factory=set)
    hands: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(STORED_AT_ONCE))

    async def run(self, *, gently: bool) -> Exception | None:
        """What went wrong, told only once everything that was rendered before lies in the store."""
        try:
            await (self._gently() if gently else self._render(self.assignment.orders))
        except Exception as error:  # noqa: BLE001  raised again by the caller
            return error
        return None

    async def _gently(self) -> None:
        now = asyncio.get_running_loop().time
        ends = now() + self.by.gently_for
        for orders in _one_by_one(self.assignment.orders):
            if now() > ends:
                self._refuse(orders, NO_TIME)
                continue
            try:
                await self._render(orders)
            except DecoderLost as error:
                self._refuse(orders, error.detail)

    def _refuse(self, orders: Sequence[Order], reason: str) -> None:
        """Those that are not there: a decoder may die of what comes after a picture, too."""
        for order in orders:
            if order.name not in self.rendered:
                self.made.add(self._goal(order.name).refused(reason))

    async def _render(self, orders: Sequence[Order]) -> None:
        camera = keeps_camera(self.assignment.project.settings)
        owner = self.assignment.project.owner_id
        rendering = self.by.transformer.render(
            self.source, self.mime_type, orders, self.bench, keep_camera=camera, owner=owner
        )
        async with aclosing(rendering) as results:
            async for result in results:
                if isinstance(result, Glimpse):
                    self.made.glimpse = result
                elif isinstance(result, NotRendered):
                    self.made.add(self._goal(result.name).refused(result.reason))
                else:
                    self.rendered.add(result.name)
                    await self.hands.acquire()
                    self.storing.create_task(self._keep(result))

    async def _keep(self, result: Rendered) -> None:
        try:
            goal = self._goal(result.name)
            await self.by.workbench.store(result.path, goal.key, goal.mime_type)
            self.made.add(goal.made(width=result.width, height=result.height, size=result.size))
        finally:
            self.hands.release()

    def _goal(self, name: str) -> Variant:
        return next(goal for goal in self.assignment.goals if goal.name == name)


def _one_by_one(orders: Sequence[Order]) -> Iterator[Sequence[Order]]:
    if not orders:
        yield ()
    for order in orders:
        yield (order,)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
