"""Whoever follows jobs is told each step, in order, once, and only of what is theirs."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from adapters.memory.clock import ManualClock
from adapters.memory.events import MemoryEventLog
from adapters.memory.jobs import MemoryJobReads
from adapters.memory.signals import MemorySignals
from adapters.memory.state import MemoryDatabase
from adapters.memory.store import MemoryStore
from application.jobs import pulse
from application.jobs.finish_job import job_update
from application.jobs.follow_events import BATCH, FollowEvents, JobUpdate, as_it_stood
from application.jobs.pulse import Pulse
from domain.access import EVERYTHING, Scope
from domain.errors import Unavailable
from domain.events import LoggedEvent, Position
from domain.jobs import JOBS_TOPIC, Job, JobKind, JobStatus
from domain.projects import Project
from tests.unit.contracts.things import NOW, project, put
from tests.unit.polling import poll_often

pytestmark = pytest.mark.anyio

PATIENCE = 5
START = Position()


class WatchedLog(MemoryEventLog):
    """The log in memory, which counts how often it is read and can be away for a while."""

    def __init__(self, database: MemoryDatabase) -> None:
        super().__init__(database)
        self.reads, self.away = 0, False

    async def after(
        self, scope: Scope, position: Position, *, limit: int, project_id: UUID | None = None, kind: str | None = None
    ) -> Sequence[LoggedEvent]:
        self.reads += 1
        if self.away:
            raise Unavailable("the database does not answer")
        return await super().after(scope, position, limit=limit, project_id=project_id, kind=kind)


@dataclass
class Desk:
    """Jobs, what is written of them, and those who follow."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))

    def __post_init__(self) -> None:
        self.rows, self.signals = MemoryDatabase(self.clock), MemorySignals()
        self.store, self.log = MemoryStore(self.rows), WatchedLog(self.rows)
        self.follow = FollowEvents(self.log, MemoryJobReads(self.rows), Pulse(self.log, self.signals))

    async def project(self) -> Project:
        made = project(owner_id=uuid4())
        await put(self.store, made)
        return made

    async def job(self, project_id: UUID | None) -> Job:
        job = Job.fresh(uuid4(), JobKind.PROCESS_IMAGE, self.clock.now(), project_id=project_id, file_id=uuid4())
        async with self.store.begin() as unit:
            await unit.jobs.add(job)
            await unit.events.add(job_update(job, JobStatus.PENDING, self.clock.now()))
            await unit.commit()
        return job

    async def step(self, job: Job, status: JobStatus, **more: object) -> None:
        async with self.store.begin() as unit:
            self.clock.advance(timedelta(seconds=1))
            await unit.events.add(job_update(job, status, self.clock.now(), **more))
            await unit.commit()

    async def whole_life(self, project_id: UUID | None) -> Job:
        job = await self.job(project_id)
        job = replace(job, attempts=1)
        await self.step(job, JobStatus.PROCESSING)
        await self.step(job, JobStatus.COMPLETED, progress=100)
        return job


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    poll_often(monkeypatch)


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def told(
    desk: Desk, count: int, scope: Scope = EVERYTHING, position: Position = START, project_id: UUID | None = None
) -> list[JobUpdate]:
    """The next so many updates."""
    heard: list[JobUpdate] = []
    async with asyncio.timeout(PATIENCE), aclosing(desk.follow(scope, position, project_id=project_id)) as batches:
        async for batch in batches:
            heard += batch
            if len(heard) >= count:
                break
    return heard


async def quiet(desk: Desk, scope: Scope, position: Position, project_id: UUID | None = None) -> bool:
    """Whether nothing at all is told for a moment."""
    async with aclosing(desk.follow(scope, position, project_id=project_id)) as batches:
        return not any([await anext(batches) for _ in range(3)])


def statuses(updates: Sequence[JobUpdate]) -> list[str]:
    return [update.job.status.value for update in updates]


async def test_each_step_is_told_in_order_as_it_stood(desk: Desk) -> None:
    owned = await desk.project()
    job = await desk.whole_life(owned.id)
    updates = await told(desk, 3)
    assert statuses(updates) == ["pending", "processing", "completed"]
    assert [update.job.attempts for update in updates] == [0, 1, 1]
    assert [update.job.progress for update in updates] == [0, 0, 100]
    assert [update.job.updated_at for update in updates] == [
        NOW,
        NOW + timedelta(seconds=1),
        NOW + timedelta(seconds=2),
    ]
    assert {update.job.id for update in updates} == {job.id}
    assert sorted(update.position for update in updates) == [update.position for update in updates]


@pytest.mark.parametrize("heard", range(7))
async def test_going_on_misses_nothing_and_repeats_nothing(desk: Desk, heard: int) -> None:
    owned = await desk.project()
    for _ in range(2):
        await desk.whole_life(owned.id)
    updates = await told(desk, 6)
    position = updates[heard - 1].position if heard else START
    await desk.job(owned.id)
    assert await told(desk, 7 - heard, position=position) == (await told(desk, 7))[heard:]


async def test_more_than_fits_into_a_batch(desk: Desk) -> None:
    owned = await desk.project()
    job = await desk.job(owned.id)
    for _ in range(2 * BATCH):
        await desk.step(job, JobStatus.PROCESSING)
    updates = await told(desk, 2 * BATCH + 1)
    assert len({update.position for update in updates}) == len(updates) == 2 * BATCH + 1


@pytest.mark.slow
async def test_nobody_hears_of_what_is_anothers(desk: Desk) -> None:
    mine, theirs = await desk.project(), await desk.project()
    for each in (mine, theirs):
        await desk.whole_life(each.id)
    await desk.job(None)
    for owner in (mine, theirs):
        scope = Scope(owner_id=owner.owner_id)
        for updates in (await told(desk, 3, scope), await told(desk, 3, scope, project_id=owner.id)):
            assert {update.job.project_id for update in updates} == {owner.id}
        last = updates[-1].position
        assert await quiet(desk, scope, last)
    assert await quiet(desk, Scope(owner_id=mine.owner_id), START, theirs.id)
    assert len(await told(desk, 7)) == 7


@pytest.mark.parametrize("told_last", [None, Position(0, 10_000), Position(2**62, 1)])
async def test_who_was_told_nothing_or_nonsense_begins_now(desk: Desk, told_last: Position | None) -> None:
    owned = await desk.project()
    await desk.job(owned.id)
    position = await desk.follow.beginning(told_last)
    assert position == await desk.log.end()
    assert await quiet(desk, EVERYTHING, position)


async def test_a_job_that_is_gone_is_left_out(desk: Desk) -> None:
    owned = await desk.project()
    gone, there = await desk.whole_life(owned.id), await desk.whole_life(owned.id)
    async with desk.store.begin() as unit:
        await unit.job_control.remove(gone.id)
        await unit.commit()
    assert {update.job.id for update in await told(desk, 3)} == {there.id}


async def test_news_is_found_without_a_signal(desk: Desk) -> None:
    await require_news(desk, signalled=False)


async def test_a_signal_is_enough_for_news_to_arrive(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "LOOKED_EVERY", 3600)
    await require_news(desk, signalled=True)


async def require_news(desk: Desk, *, signalled: bool) -> None:
    owned = await desk.project()
    async with asyncio.timeout(PATIENCE), aclosing(desk.follow(EVERYTHING, START)) as batches:
        assert await anext(batches) == []
        assert await anext(batches) == ()  # by now the first look is over
        await desk.job(owned.id)
        if signalled:
            await desk.signals.send(JOBS_TOPIC)
        assert statuses(await next_updates(batches)) == ["pending"]


def test_nobody_waits_longer_than_a_second_for_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert pulse.LOOKED_EVERY <= 1
    assert pulse.SHORTEST_PAUSE <= 0.1


@pytest.mark.slow
async def test_a_database_that_is_away_costs_nothing_but_time(desk: Desk) -> None:
    owned = await desk.project()
    await desk.job(owned.id)
    desk.log.away = True
    async with asyncio.timeout(PATIENCE), aclosing(desk.follow(EVERYTHING, START)) as batches:
        assert await anext(batches) == ()
        assert await anext(batches) == ()
        desk.log.away = False
        assert statuses(await next_updates(batches)) == ["pending"]
        desk.log.away = True
        await desk.whole_life(owned.id)
        await asyncio.sleep(2 * pulse.LOOKED_EVERY)
        desk.log.away = False
        assert statuses(await next_updates(batches)) == ["pending", "processing", "completed"]


async def next_updates(batches: AsyncIterator[Sequence[JobUpdate]]) -> Sequence[JobUpdate]:
    while not (batch := await anext(batches)):
        pass
    return batch


@pytest.mark.slow
async def test_one_look_is_for_all_and_nobody_looks_for_nobody(desk: Desk) -> None:
    async def follow() -> None:
        async with aclosing(desk.follow(EVERYTHING, await desk.follow.beginning(None))) as batches:
            async for _ in batches:
                pass

    following = [asyncio.create_task(follow()) for _ in range(50)]
    await asyncio.sleep(3 * pulse.LOOKED_EVERY)
    settled = desk.log.reads
    await asyncio.sleep(2 * pulse.LOOKED_EVERY)
    assert desk.log.reads - settled <= 3
    for task in following:
        task.cancel()
    await asyncio.wait(following)
    await asyncio.sleep(pulse.SHORTEST_PAUSE)
    settled = desk.log.reads
    await asyncio.sleep(2 * pulse.LOOKED_EVERY)
    assert desk.log.reads == settled


def test_what_an_event_does_not_say_is_as_it_is_while_nothing_changed_and_else_as_it_began() -> None:
    job = Job.fresh(uuid4(), JobKind.PROCESS_IMAGE, NOW)
    now = replace(job, status=JobStatus.PROCESSING, attempts=2, progress=40, last_error="first try", updated_at=NOW)
    same = as_it_stood(now, job_update(now, JobStatus.PROCESSING, NOW))
    assert (same.progress, same.last_error) == (40, "first try")
    before = as_it_stood(now, job_update(job, JobStatus.PENDING, NOW))
    assert (before.attempts, before.progress, before.last_error) == (0, 0, None)
    failed = as_it_stood(now, job_update(replace(job, attempts=1), JobStatus.PENDING, NOW, error="first try"))
    assert (failed.attempts, failed.last_error, failed.lease) == (1, "first try", None)
