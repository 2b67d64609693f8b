"""The worker's loop, over the queue in memory and in real time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.job_queue import MemoryJobQueue
from application.jobs.claim_job import ClaimJob
from application.jobs.recover_jobs import RecoverJobs
from application.jobs.run_job import Report, RunJob
from application.ports.jobs import JobQueue
from domain.access import ROLE_PERMISSIONS, Role, UserCaller
from domain.errors import Invalid, Unavailable
from domain.jobs import JOBS_TOPIC, PERIODS, Job, JobKind, JobStatus, Lease
from entrypoints.stopping import Stop
from entrypoints.worker.loop import Worker
from tests.unit.contracts.things import job as some_job
from tests.unit.contracts.things import queued
from tests.unit.use_cases.studio import LEASE, Studio

pytestmark = pytest.mark.anyio

NEVER = 60.0
SUPERUSER = UserCaller(UUID(int=1), "su", Role.SU, ROLE_PERMISSIONS[Role.SU])


@dataclass
class Bench:
    """Does jobs when told to, and knows how many were under way at once."""

    studio: Studio
    go: asyncio.Event = field(default_factory=asyncio.Event)
    now: int = 0
    most: int = 0
    done: int = 0
    error: Exception | None = None

    async def __call__(self, job: Job, report: Report) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.go.wait()
            if self.error:
                raise self.error
            assert job.lease is not None
            async with self.studio.store.begin() as unit:
                await unit.jobs.complete(job.lease)
                await unit.commit()
            self.done += 1
        finally:
            self.now -= 1


class TroubledQueue(MemoryJobQueue):
    """The queue in memory, away for the first calls."""

    def __init__(self, studio: Studio, outages: int = 0, trouble: Exception | None = None) -> None:
        super().__init__(studio.rows)
        self.outages = outages
        self.trouble = trouble or Unavailable("it does not answer")
        self.claims = 0
        self.away_for_returns = False

    async def claim(self, *, slots: int, lease: timedelta, kinds: Collection[JobKind] | None = None) -> Sequence[Job]:
        self.claims += 1
        if self.claims <= self.outages:
            raise self.trouble
        return await super().claim(slots=slots, lease=lease, kinds=kinds)

    async def hand_back(self, lease: Lease) -> None:
        if self.away_for_returns:
            raise Unavailable("it does not answer")
        await super().hand_back(lease)


@pytest.fixture
async def studio() -> Studio:
    return await Studio().open()


@pytest.fixture
def bench(studio: Studio) -> Bench:
    return Bench(studio)


def worker(bench: Bench, queue: JobQueue | None = None, **choices: Any) -> Worker:
    studio, queue = bench.studio, queue or bench.studio.queue
    usual = {"slots": 2, "poll_interval": NEVER, "grace": NEVER}
    return Worker(
        claim=ClaimJob(queue, RecoverJobs(studio.fail, studio.measures), LEASE, tuple(JobKind), studio.measures),
        run_job=RunJob({JobKind.PROCESS_IMAGE: bench}, queue, studio.fail, LEASE, studio.measures),
        queue=queue,
        signals=studio.signals,
        **{**usual, **choices},
    )


@asynccontextmanager
async def running(worker: Worker, stop: Stop) -> AsyncIterator["asyncio.Task[None]"]:
    """At work inside, and asked to stop afterwards if nobody did before."""
    task = asyncio.create_task(worker(stop))
    try:
        async with asyncio.timeout(5):
            yield task
            stop.asked.set()
            await task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def jobs(studio: Studio, count: int) -> list[Job]:
    made = [some_job(studio.project.id, file_id=None) for _ in range(count)]
    await queued(studio.store, *made)
    return made


async def until(condition: Callable[[], bool], seconds: float = 2) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.002)


def statuses(studio: Studio) -> list[JobStatus]:
    return sorted(job.status for job in studio.rows.rows.jobs.values())


async def test_it_never_takes_more_than_its_slots_and_does_all_in_the_end(studio: Studio, bench: Bench) -> None:
    await jobs(studio, 8)
    async with running(worker(bench, slots=3), Stop()):
        await until(lambda: bench.now == 3)
        for _ in range(3):
            await studio.signals.send(JOBS_TOPIC)
            await asyncio.sleep(0.005)
        assert statuses(studio).count(JobStatus.PROCESSING) == 3, "jobs were taken that nobody can do yet"
        bench.go.set()
        # Without signals and with a long wait between looks: a slot that gets free is filled at once.
        await until(lambda: bench.done == 8)
    assert bench.most == 3
    assert statuses(studio) == [JobStatus.COMPLETED] * 8


async def test_a_signal_wakes_it_at_once(studio: Studio, bench: Bench) -> None:
    bench.go.set()
    clock, took = asyncio.get_running_loop().time, []
    async with running(worker(bench), Stop()):
        await asyncio.sleep(0.02)
        for expected in (1, 2, 3):
            await jobs(studio, 1)
            began = clock()
            await studio.signals.send(JOBS_TOPIC)
            await until(lambda expected=expected: bench.done == expected)  # type: ignore[misc]
            took.append(clock() - began)
    assert min(took) < 0.05


async def test_without_signals_it_looks_by_itself(studio: Studio, bench: Bench) -> None:
    bench.go.set()
    async with running(worker(bench, poll_interval=0.05), Stop()):
        await asyncio.sleep(0.02)
        await jobs(studio, 1)
        await until(lambda: bench.done == 1, 0.5)


async def test_an_idle_worker_does_not_spin(studio: Studio, bench: Bench) -> None:
    queue = TroubledQueue(studio)
    pause, loop = 0.05, asyncio.get_running_loop()
    began = loop.time()
    async with running(worker(bench, queue, poll_interval=pause), Stop()):
        while queue.claims < 4:
            await asyncio.sleep(pause / 5)
    assert loop.time() - began > 2 * pause


async def test_it_takes_only_the_kinds_it_was_made_for(studio: Studio, bench: Bench) -> None:
    bench.go.set()
    await jobs(studio, 1)
    await queued(studio.store, some_job(studio.project.id, kind=JobKind.SYNC_FILE_VARIANTS))
    async with running(worker(bench, kinds=[JobKind.PROCESS_IMAGE]), Stop()):
        await until(lambda: bench.done == 1)
    assert statuses(studio) == [JobStatus.COMPLETED, JobStatus.PENDING]


async def test_asked_to_stop_it_finishes_what_is_under_way_and_takes_nothing_new(studio: Studio, bench: Bench) -> None:
    await jobs(studio, 3)
    stop = Stop()
    async with running(worker(bench), stop) as task:
        await until(lambda: bench.now == 2)
        stop.ask()
        await studio.signals.send(JOBS_TOPIC)
        await asyncio.sleep(0.02)
        assert not task.done()
        bench.go.set()
        await task
    assert statuses(studio) == [JobStatus.COMPLETED, JobStatus.COMPLETED, JobStatus.PENDING]


async def test_an_idle_worker_stops_at_once(bench: Bench) -> None:
    stop = Stop()
    async with running(worker(bench), stop) as task:
        await asyncio.sleep(0.01)
        stop.ask()
        async with asyncio.timeout(0.1):
            await task


def handed_back(studio: Studio) -> bool:
    return all(
        (job.status, job.attempts, job.crashes, job.lease, job.last_error) == (JobStatus.PENDING, 0, 0, None, None)
        for job in studio.rows.rows.jobs.values()
    )


async def test_after_the_grace_it_hands_back_without_spending_the_attempt(studio: Studio, bench: Bench) -> None:
    await jobs(studio, 2)
    stop = Stop()
    async with running(worker(bench, grace=0.05), stop) as task:
        await until(lambda: bench.now == 2)
        began = asyncio.get_running_loop().time()
        stop.ask()
        await task
        assert 0.04 <= asyncio.get_running_loop().time() - began <= 0.5
    assert handed_back(studio)
    assert bench.now == 0
    assert len(await studio.claim(5)) == 2, "somebody else can have them at once"


async def test_asked_twice_it_does_not_wait_for_anything(studio: Studio, bench: Bench) -> None:
    await jobs(studio, 2)
    stop = Stop()
    async with running(worker(bench), stop) as task:
        await until(lambda: bench.now == 2)
        stop.ask()
        await asyncio.sleep(0.02)
        assert not task.done()
        stop.ask()
        async with asyncio.timeout(0.2):
            await task
    assert handed_back(studio)


async def test_what_is_done_within_the_grace_is_done_and_the_rest_handed_back(studio: Studio, bench: Bench) -> None:
    await jobs(studio, 1)
    stop, slow = Stop(), Bench(studio)
    handlers = {JobKind.PROCESS_IMAGE: bench, JobKind.SYNC_FILE_VARIANTS: slow}
    both = replace(
        worker(bench, grace=0.1), run_job=RunJob(handlers, studio.queue, studio.fail, LEASE, studio.measures)
    )
    await queued(studio.store, some_job(studio.project.id, kind=JobKind.SYNC_FILE_VARIANTS, file_id=None))
    async with running(both, stop) as task:
        await until(lambda: bench.now + slow.now == 2)
        stop.ask()
        bench.go.set()
        await task
    assert {job.kind: job.status for job in studio.rows.rows.jobs.values()} == {
        JobKind.PROCESS_IMAGE: JobStatus.COMPLETED,
        JobKind.SYNC_FILE_VARIANTS: JobStatus.PENDING,
    }


async def test_when_the_program_fails_around_it_jobs_are_handed_back_too(studio: Studio, bench: Bench) -> None:
    """As when the API beside it cannot have its port: no job may be taken for one that kills workers."""
    await jobs(studio, 2)
    task = asyncio.create_task(worker(bench)(Stop()))
    await until(lambda: bench.now == 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert handed_back(studio)
    assert bench.now == 0


@pytest.mark.parametrize("trouble", [Unavailable("it does not answer"), ZeroDivisionError("a fault of ours")])
async def test_trouble_in_getting_jobs_is_sat_out(
    studio: Studio, bench: Bench, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    monkeypatch.setattr("entrypoints.worker.loop.PAUSE_WITHOUT_DATABASE", 0.01)
    bench.go.set()
    await jobs(studio, 1)
    queue = TroubledQueue(studio, outages=3, trouble=trouble)
    async with running(worker(bench, queue, poll_interval=0.01), Stop()):
        await until(lambda: bench.done == 1)
    assert queue.claims > 3


async def test_a_database_that_is_away_at_the_end_holds_nobody_up(studio: Studio, bench: Bench) -> None:
    await jobs(studio, 2)
    queue, stop = TroubledQueue(studio), Stop()
    async with running(worker(bench, queue, grace=0.01), stop) as task:
        await until(lambda: bench.now == 2)
        queue.away_for_returns = True
        stop.ask()
        await task
    assert statuses(studio) == [JobStatus.PROCESSING] * 2


@pytest.mark.parametrize("error", [Invalid("no"), Unavailable("away"), ZeroDivisionError("a fault of ours")])
async def test_jobs_that_fail_do_not_stop_it(studio: Studio, bench: Bench, error: Exception) -> None:
    await jobs(studio, 1)
    bench.error = error
    bench.go.set()
    async with running(worker(bench), Stop()):
        await until(lambda: statuses(studio) != [JobStatus.PROCESSING] and bench.most == 1 and not bench.now)
        bench.error = None
        await jobs(studio, 1)
        await studio.signals.send(JOBS_TOPIC)
        await until(lambda: bench.done == 1)


async def test_nor_does_a_failure_that_cannot_be_written_down_at_first(
    studio: Studio, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.jobs.run_job.REPORTED_AGAIN_AFTER", 0.01)
    await jobs(studio, 1)
    bench.error = Invalid("no")

    async def outage() -> None:
        raise Unavailable("it does not answer")

    async with running(worker(bench), Stop()):
        await until(lambda: bench.now == 1)
        studio.steps.at[len(studio.steps.seen)] = outage
        bench.go.set()
        await until(lambda: statuses(studio) == [JobStatus.FAILED])
        bench.error = None
        await jobs(studio, 1)
        await studio.signals.send(JOBS_TOPIC)
        await until(lambda: bench.done == 1)


async def test_a_pause_without_database_does_not_hold_up_the_end(studio: Studio, bench: Bench) -> None:
    queue, stop = TroubledQueue(studio, outages=100), Stop()
    async with running(worker(bench, queue), stop) as task:
        await until(lambda: queue.claims == 1)
        stop.ask()
        async with asyncio.timeout(0.2):
            await task


async def test_a_job_that_is_cancelled_is_dropped_at_once_and_the_slot_is_free(studio: Studio, bench: Bench) -> None:
    cancelled, _ = await jobs(studio, 2)
    async with running(worker(bench), Stop()):
        await until(lambda: bench.now == 2)
        await studio.cancel_job(SUPERUSER, cancelled.id)
        await until(lambda: bench.now == 1)
        assert studio.job(cancelled.id).status is JobStatus.CANCELLED
        await jobs(studio, 1)
        await studio.signals.send(JOBS_TOPIC)
        await until(lambda: bench.now == 2)
        bench.go.set()
        await until(lambda: bench.done == 2)


async def test_one_that_was_queued_again_before_the_worker_heard_is_not_lost(studio: Studio, bench: Bench) -> None:
    (job,) = await jobs(studio, 1)
    async with running(worker(bench), Stop()):
        await until(lambda: bench.now == 1)
        await studio.signals.send(JOBS_TOPIC, str(job.id))
        await until(lambda: bench.most == 1 and studio.job(job.id).attempts == 1 and bench.now == 1)
        bench.go.set()
        await until(lambda: studio.job(job.id).status is JobStatus.COMPLETED)
    assert (studio.job(job.id).attempts, studio.job(job.id).crashes) == (1, 0)


async def test_what_is_done_again_and_again_is_seen_to_at_the_start(studio: Studio, bench: Bench) -> None:
    async with running(worker(bench, keep_periodic=studio.keep_periodic), Stop()):
        await until(lambda: {job.kind for job in studio.rows.rows.jobs.values()} == set(PERIODS))


@pytest.mark.parametrize("trouble", [Unavailable("it does not answer"), ZeroDivisionError("a fault of ours")])
async def test_trouble_with_that_does_not_stop_it(
    studio: Studio, bench: Bench, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    for name in ("PAUSE_WITHOUT_DATABASE", "LOOKS_AFTER_ROUNDS_EVERY"):
        monkeypatch.setattr(f"entrypoints.worker.loop.{name}", 0.01)

    async def happening() -> None:
        raise trouble

    studio.steps.at[0] = happening
    async with running(worker(bench, keep_periodic=studio.keep_periodic), Stop()):
        await until(lambda: {job.kind for job in studio.rows.rows.jobs.values()} == set(PERIODS))
