"""What is told of claims, tries and uploads to whoever watches."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from application.jobs.recover_jobs import RecoverJobs
from application.jobs.run_job import Report, RunJob
from application.ports.image_transformer import DecoderLost
from application.ports.measures import JobOutcome
from domain.errors import Invalid, Unavailable
from domain.jobs import CRASHES_FORGIVEN, Job, JobKind, LeaseLost
from domain.media_kinds import MediaKind
from tests.unit.use_cases.studio import JPEG, LEASE, Studio, sent

pytestmark = pytest.mark.anyio

KIND = JobKind.PROCESS_IMAGE


@pytest.fixture
async def studio() -> Studio:
    studio = await Studio().open()
    await studio.uploaded()
    return studio


def running(
    studio: Studio, error: BaseException | None = None, seconds: float = 0
) -> Callable[[Job], Awaitable[object]]:
    async def handler(job: Job, report: Report) -> None:
        await asyncio.sleep(seconds)
        if error is not None:
            raise error

    return RunJob({KIND: handler}, studio.queue, studio.fail, LEASE, studio.measures)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, JobOutcome.COMPLETED),
        (Invalid("no picture"), JobOutcome.FAILED),
        (Unavailable("no store"), JobOutcome.RETRIED),
        (DecoderLost("it crashed"), JobOutcome.RETRIED),
        (KeyError("a mistake of ours"), JobOutcome.RETRIED),
        (LeaseLost("somebody else's"), JobOutcome.LOST),
    ],
)
async def test_every_try_has_its_outcome(studio: Studio, error: Exception | None, outcome: JobOutcome) -> None:
    await running(studio, error)(await studio.claimed())
    assert studio.measures.jobs_ended == {(KIND, outcome): 1}


async def test_the_last_of_the_tries_has_failed(studio: Studio) -> None:
    for _ in range(5):
        await running(studio, KeyError("a mistake of ours"))(await studio.claimed())
        studio.clock.advance(timedelta(hours=1))
    assert studio.measures.jobs_ended == {(KIND, JobOutcome.RETRIED): 4, (KIND, JobOutcome.FAILED): 1}


async def test_a_job_that_somebody_else_took_meanwhile_is_lost(studio: Studio) -> None:
    late = await studio.claimed()
    studio.clock.advance(LEASE)
    await studio.claimed()
    await running(studio, Invalid("no picture"))(late)
    assert studio.measures.jobs_ended == {(KIND, JobOutcome.LOST): 1}


async def test_a_try_that_is_called_off_is_dropped(studio: Studio) -> None:
    task = asyncio.ensure_future(running(studio, seconds=60)(await studio.claimed()))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert studio.measures.jobs_ended == {(KIND, JobOutcome.DROPPED): 1}


async def test_a_try_takes_as_long_as_its_work(studio: Studio) -> None:
    await running(studio, seconds=0.1)(await studio.claimed())
    assert 0.1 <= studio.measures.job_seconds[KIND] < 5


async def test_what_killed_too_many_workers_is_put_aside(studio: Studio) -> None:
    for _ in range(CRASHES_FORGIVEN + 1):
        await studio.claimed()
        studio.clock.advance(LEASE)
    assert await studio.claim(5) == []
    assert studio.measures.jobs_ended == {(KIND, JobOutcome.PUT_ASIDE): 1}


async def test_what_could_not_be_put_aside_is_not_counted_as_such(studio: Studio) -> None:
    for _ in range(CRASHES_FORGIVEN):
        late = await studio.claimed()
        studio.clock.advance(LEASE)
    await studio.claimed()  # somebody else's now
    late = replace(late, crashes=CRASHES_FORGIVEN + 1)
    assert await RecoverJobs(studio.fail, studio.measures)([late]) == []
    assert not studio.measures.jobs_ended


async def test_claims_are_counted_and_so_is_how_long_jobs_had_been_due(studio: Studio) -> None:
    await studio.uploaded()
    studio.clock.advance(timedelta(seconds=30))
    assert len(await studio.claim(5)) == 2
    assert await studio.claim(5) == []
    assert (studio.measures.claims, studio.measures.jobs_claimed[KIND]) == (2, 2)
    assert studio.measures.job_waits[KIND] == 60
    assert studio.measures.claim_seconds > 0


async def test_uploads_are_counted_when_they_become_visible() -> None:
    here = await Studio(settings={"on_duplicate": "reuse"}).open()
    await here.uploaded()
    await here.uploaded()
    await here.upload_file(here.key, sent(b"something else"))
    assert here.measures.uploads == {MediaKind.IMAGE: 1, MediaKind.FILE: 1}
    assert here.measures.upload_bytes == {MediaKind.IMAGE: len(JPEG), MediaKind.FILE: 14}


async def test_what_does_not_arrive_is_not_counted() -> None:
    here = await Studio(max_bytes=3).open()
    with pytest.raises(Exception, match="at most"):
        await here.upload_file(here.key, sent(b"something else"))
    assert not here.measures.uploads
