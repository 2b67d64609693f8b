"""What is done again and again, once each time, and what it does."""

from datetime import timedelta

import pytest

from adapters.memory.job_queue import MemoryJobQueue
from application.maintenance.prune_history import PruneHistory
from application.maintenance.purge_deleted_projects import PurgeDeletedProjects
from application.ports.history import Past
from domain.jobs import PERIODS, Job, JobKind, JobStatus
from tests.unit.contracts.things import project, put
from tests.unit.use_cases.studio import Studio

pytestmark = pytest.mark.anyio


@pytest.fixture
async def studio() -> Studio:
    return await Studio().open()


def of_kind(studio: Studio, kind: JobKind) -> list[Job]:
    return [job for job in studio.rows.rows.jobs.values() if job.kind == kind]


async def claimed(studio: Studio, kind: JobKind) -> Job:
    """A round of it, under way."""
    await studio.keep_periodic()
    studio.clock.advance(timedelta(minutes=1))
    (job,) = await MemoryJobQueue(studio.rows).claim(slots=1, lease=timedelta(seconds=30), kinds=[kind])
    return job


async def test_each_is_queued_once_however_many_ask(studio: Studio) -> None:
    assert await studio.keep_periodic() == len(PERIODS)
    assert await studio.keep_periodic() == 0
    assert {job.kind for job in studio.rows.rows.jobs.values()} == set(PERIODS)
    assert {job.project_id for job in studio.rows.rows.jobs.values()} == {None}


@pytest.mark.parametrize("kind", PERIODS)
async def test_a_round_that_is_over_queues_the_next_a_period_later(studio: Studio, kind: JobKind) -> None:
    job = await claimed(studio, kind)
    assert await studio.keep_periodic() == 0, "one under way counts"
    await studio.fail.for_good(job, "no")
    (following,) = [each for each in of_kind(studio, kind) if each.id != job.id]
    assert following.status is JobStatus.PENDING
    assert following.run_at == studio.clock.now() + PERIODS[kind]
    assert await studio.keep_periodic() == 0


async def test_a_round_that_somebody_took_away_comes_back(studio: Studio) -> None:
    await studio.keep_periodic()
    (job,) = of_kind(studio, JobKind.PRUNE_HISTORY)
    del studio.rows.rows.jobs[job.id]
    assert await studio.keep_periodic() == 1


async def test_what_lay_in_the_bin_for_too_long_is_erased(studio: Studio) -> None:
    now = studio.clock.now()
    old = project(deleted_at=now - timedelta(days=30))
    begun = project(deleted_at=now, erasing_at=now)
    await put(studio.store, old, begun, project(deleted_at=now - timedelta(days=29)))
    purge = PurgeDeletedProjects(studio.projects, studio.store, studio.signals, studio.clock, studio.ids)
    for _ in range(2):
        job = await claimed(studio, JobKind.PURGE_DELETED_PROJECTS)
        await purge(job, lambda percent: None)
        assert studio.job(job.id).status is JobStatus.COMPLETED
        studio.clock.advance(timedelta(hours=1))
    erasing = of_kind(studio, JobKind.PURGE_PROJECT)
    assert {each.project_id for each in erasing} == {old.id, begun.id}
    assert len(erasing) == 2, "one for each, however often it is looked"


class Remembered:
    """A past of so many things."""

    def __init__(self, **counts: int) -> None:
        self.left = counts
        self.asked: list[tuple[Past, timedelta, int]] = []

    async def forget(self, what: Past, *, older_than: timedelta, limit: int) -> int:
        self.asked.append((what, older_than, limit))
        gone = min(limit, self.left.get(what, 0))
        self.left[what] = self.left.get(what, 0) - gone
        return gone


async def test_the_past_is_forgotten_in_small_steps_each_kind_after_its_time(studio: Studio) -> None:
    past = Remembered(jobs=2500, events=3)
    keep = {Past.JOBS: timedelta(days=30), Past.EVENTS: timedelta(days=90), Past.AUDIT: timedelta(days=365)}
    job = await claimed(studio, JobKind.PRUNE_HISTORY)
    told: list[int] = []
    await PruneHistory(past, keep, studio.store, studio.clock)(job, told.append)
    assert set(past.left.values()) == {0}
    assert [(what, older_than.days) for what, older_than, _ in past.asked] == [
        (Past.JOBS, 30), (Past.JOBS, 30), (Past.JOBS, 30), (Past.EVENTS, 90), (Past.AUDIT, 365)
    ]  # fmt: skip
    assert told == [33, 66, 99]
    assert studio.job(job.id).status is JobStatus.COMPLETED
