"""Work goes on under a lease that is kept alive, and stops when it is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from adapters.memory.job_queue import MemoryJobQueue
from application.jobs.run_job import Handler, Report, RunJob
from domain.errors import Invalid, Unavailable
from domain.jobs import Job, JobKind, JobStatus, Lease, LeaseLost
from domain.media import FileStatus
from tests.unit.use_cases.studio import UPLOADED, Studio

pytestmark = pytest.mark.anyio

SHORT = timedelta(seconds=0.06)
"""A third of it passes quickly; the database's clock, set by hand, has nothing to do with it."""


class WatchedQueue(MemoryJobQueue):
    """The queue in memory; something happens when a lease is to be extended."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio.rows)
        self.extended = 0
        self.told: list[int] = []
        self.happening: Callable[[], Awaitable[None]] | None = None

    async def extend(self, lease: Lease, *, by: timedelta, progress: int) -> Lease:
        self.extended += 1
        self.told.append(progress)
        if self.happening:
            await self.happening()
        return await super().extend(lease, by=by, progress=progress)


@dataclass
class Work:
    """A handler that takes its time."""

    seconds: float = 0.0
    error: BaseException | None = None
    began: int = 0
    ended: int = 0
    cancelled: int = 0
    started: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, job: Job, report: Report) -> None:
        self.began += 1
        self.started.set()
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error:
            raise self.error
        self.ended += 1


@pytest.fixture
async def studio() -> Studio:
    studio = await Studio().open()
    await studio.uploaded()
    return studio


def running(studio: Studio, handler: Handler, queue: MemoryJobQueue | None = None) -> RunJob:
    return RunJob({JobKind.PROCESS_IMAGE: handler}, queue or studio.queue, studio.fail, SHORT, studio.measures)


async def test_the_handler_of_its_kind_does_it(studio: Studio) -> None:
    assert await studio.run_job()(await studio.claimed()) is None
    assert studio.only_job.status is JobStatus.COMPLETED


async def test_the_lease_is_kept_alive_as_long_as_the_work_goes_on(studio: Studio) -> None:
    queue, work = WatchedQueue(studio), Work(0.15)
    job = await studio.claimed()
    assert await running(studio, work, queue)(job) is None
    assert 3 <= queue.extended <= 8
    assert work.ended == 1
    lease = studio.only_job.lease
    assert lease is not None
    assert job.lease is not None
    assert lease.token == job.lease.token

    extended = queue.extended
    await asyncio.sleep(SHORT.total_seconds())
    assert queue.extended == extended, "the heart beats on after the work"


async def test_it_stops_quietly_when_somebody_else_has_the_job(studio: Studio) -> None:
    queue, work = WatchedQueue(studio), Work(30)
    job = await studio.claimed()

    async def taken_over() -> None:
        studio.clock.advance(timedelta(minutes=1))
        await studio.claimed()

    queue.happening = taken_over
    async with asyncio.timeout(1):
        answer = await running(studio, work, queue)(job)
    assert isinstance(answer, LeaseLost)
    assert (work.cancelled, work.ended) == (1, 0)
    assert (studio.only_job.status, studio.only_job.attempts) == (JobStatus.PROCESSING, 2)
    assert studio.told == UPLOADED


@pytest.mark.slow
async def test_a_queue_that_is_away_for_a_moment_does_not_stop_the_work(studio: Studio) -> None:
    queue, work = WatchedQueue(studio), Work(0.4)

    async def outage() -> None:
        if queue.extended < 3:
            raise Unavailable("it does not answer")

    queue.happening = outage
    assert await running(studio, work, queue)(await studio.claimed()) is None
    assert work.ended == 1
    assert queue.extended >= 3


async def test_a_late_handler_is_told_that_the_lease_is_lost(studio: Studio) -> None:
    answer = await running(studio, Work(error=LeaseLost("too late")))(await studio.claimed())
    assert isinstance(answer, LeaseLost)
    assert studio.only_job.status is JobStatus.PROCESSING, "a job that is not ours was written to"


@pytest.mark.parametrize(
    ("error", "status", "attempts"),
    [
        (Invalid("no"), JobStatus.FAILED, 1),
        (Unavailable("away"), JobStatus.PENDING, 0),
        (ZeroDivisionError(), JobStatus.PENDING, 1),
    ],
)
async def test_failures_end_up_on_the_job_and_with_the_caller(
    studio: Studio, error: Exception, status: JobStatus, attempts: int
) -> None:
    assert await running(studio, Work(error=error))(await studio.claimed()) is error
    assert (studio.only_job.status, studio.only_job.attempts) == (status, attempts)
    file = next(iter(studio.rows.rows.files.values()))
    assert (file.status is FileStatus.FAILED) == (status is JobStatus.FAILED)


async def test_a_failure_after_the_lease_was_lost_is_nobodys_business(studio: Studio) -> None:
    job = await studio.claimed()

    async def lost_then_failing(job: Job, report: Report) -> None:
        studio.clock.advance(timedelta(minutes=1))
        await studio.claimed()
        raise Invalid("no")

    assert isinstance(await running(studio, lost_then_failing)(job), Invalid)
    assert (studio.only_job.status, studio.only_job.attempts) == (JobStatus.PROCESSING, 2)


async def test_a_failure_is_reported_as_soon_as_that_is_possible(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.jobs.run_job.REPORTED_AGAIN_AFTER", 0.01)
    job = await studio.claimed()

    async def outage() -> None:
        raise Unavailable("it does not answer")

    studio.steps.at[len(studio.steps.seen)] = outage
    told = await running(studio, Work(error=Invalid("no")))(job)
    assert isinstance(told, Invalid)
    assert studio.only_job.status is JobStatus.FAILED


async def test_a_failure_nobody_can_write_down_while_the_lease_lasts_is_the_callers_to_know(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.jobs.run_job.REPORTED_AGAIN_AFTER", 0.01)
    job = await studio.claimed()

    async def outage() -> None:
        raise Unavailable("it does not answer")

    studio.steps.everywhere = outage
    told = await RunJob(
        {JobKind.PROCESS_IMAGE: Work(error=Invalid("no"))}, studio.queue, studio.fail, SHORT, studio.measures
    )(job)
    assert isinstance(told, Invalid)
    assert studio.only_job.status is JobStatus.PROCESSING


async def test_cancelling_it_cancels_the_work_and_touches_no_job(studio: Studio) -> None:
    work, job = Work(30), await studio.claimed()
    task = asyncio.create_task(running(studio, work)(job))
    await work.started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (work.cancelled, work.ended) == (1, 0)
    assert studio.only_job == job


async def test_a_faulty_heart_does_not_swallow_a_cancellation(studio: Studio) -> None:
    queue, work = WatchedQueue(studio), Work(30)

    async def fault() -> None:
        raise ZeroDivisionError

    queue.happening = fault
    task = asyncio.create_task(running(studio, work, queue)(await studio.claimed()))
    while not queue.extended:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_job_of_a_kind_nobody_does_comes_back_for_a_newer_worker(studio: Studio) -> None:
    answer = await RunJob({}, studio.queue, studio.fail, SHORT, studio.measures)(await studio.claimed())
    assert isinstance(answer, KeyError)
    assert studio.only_job.status is JobStatus.PENDING


async def test_progress_is_written_down_with_the_heartbeat(studio: Studio) -> None:
    queue = WatchedQueue(studio)

    async def half_done(job: Job, report: Report) -> None:
        report(50)
        await asyncio.sleep(SHORT.total_seconds() / 2)

    assert await running(studio, half_done, queue)(await studio.claimed()) is None
    assert studio.only_job.progress == 50


async def test_and_sooner_when_it_has_changed(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.jobs.run_job.PROGRESS_WRITTEN_AFTER", 0.02)
    queue = WatchedQueue(studio)

    async def step_by_step(job: Job, report: Report) -> None:
        for percent in (1, 2, 3, 30):
            report(percent)
        await asyncio.sleep(0.07)
        report(60)
        await asyncio.sleep(0.07)

    run = RunJob({JobKind.PROCESS_IMAGE: step_by_step}, queue, studio.fail, timedelta(seconds=30), studio.measures)
    assert await run(await studio.claimed()) is None
    assert queue.told == [30, 60], "each step once, and not every one"
