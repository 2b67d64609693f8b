"""What a failure means for a job and its file, and which jobs are not given to anybody any more."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.jobs.claim_job import ClaimJob
from application.jobs.finish_job import held
from application.jobs.recover_jobs import RecoverJobs
from application.ports.image_transformer import DecoderLost
from domain.errors import Conflict, DarkroomError, Gone, Invalid, NotFound, StorageFull, Unavailable
from domain.image_headers.budget import ImageTooBig
from domain.image_headers.header import UnreadableImage
from domain.jobs import CRASHES_FORGIVEN, PERIODS, Job, JobKind, JobStatus, LeaseLost
from domain.media import FileStatus, MediaFile, VariantStatus
from tests.unit.contracts.things import job as some_job
from tests.unit.contracts.things import queued
from tests.unit.use_cases.studio import LEASE, UPLOADED, Studio

pytestmark = pytest.mark.anyio

PERMANENT: list[Exception] = [
    UnreadableImage("cut short"), ImageTooBig("too many pixels"), Invalid("no"), Gone("not kept any more"),
    NotFound("gone"), Conflict("there already"),
]  # fmt: skip
OUTAGES: list[Exception] = [Unavailable("the store does not answer"), StorageFull("no room")]
COSTLY: list[Exception] = [DecoderLost("the decoder died"), ValueError("a fault of ours"), OSError("whatever")]


def named(error: Exception) -> str:
    return type(error).__name__


@pytest.fixture
async def studio() -> Studio:
    return await Studio().open()


async def failed(studio: Studio, error: Exception, **fields: object) -> tuple[Job, MediaFile]:
    """A claimed job that fails, and its file."""
    file = await studio.uploaded()
    job = replace(await studio.claimed(), **fields)  # type: ignore[arg-type]
    studio.rows.rows.jobs[job.id] = job
    await studio.fail(job, error)
    return studio.job(job.id), await studio.file(file.id)


@pytest.mark.parametrize("error", PERMANENT, ids=named)
async def test_bad_input_is_final_at_once_and_shows_on_the_file(studio: Studio, error: DarkroomError) -> None:
    job, file = await failed(studio, error)
    assert (job.status, job.last_error, job.lease) == (JobStatus.FAILED, error.detail, None)
    assert (file.status, file.reason) == (FileStatus.FAILED, error.detail)
    assert {(v.status, v.reason) for v in file.variants} == {(VariantStatus.FAILED, error.detail)}
    assert studio.told == [*UPLOADED, "file_failed", "job_update"]
    assert [event.data for event in studio.rows.rows.events[len(UPLOADED) :]] == [
        {"reason": error.detail},
        {"status": "failed", "attempts": 1, "error": error.detail},
    ]


@pytest.mark.parametrize("error", OUTAGES, ids=named)
@pytest.mark.parametrize("attempts", [1, 5])
@pytest.mark.parametrize(
    ("chance", "age", "seconds"),
    [(0.0, 0, 5), (0.5, 0, 7.5), (1.0, 0, 10), (0.0, 60, 30), (1.0, 60, 60), (0.0, 86_400, 600), (1.0, 86_400, 1200)],
)
async def test_an_outage_costs_no_attempt_and_is_sat_out_ever_longer(
    studio: Studio, error: DarkroomError, attempts: int, chance: float, age: int, seconds: float
) -> None:
    studio.chance = chance
    job, file = await failed(studio, error, attempts=attempts, created_at=studio.clock.now() - timedelta(seconds=age))
    assert (job.status, job.attempts, job.last_error) == (JobStatus.PENDING, attempts - 1, error.detail)
    assert job.run_at - studio.clock.now() == timedelta(seconds=seconds)
    assert (file.status, file.reason) == (FileStatus.PROCESSING, None)
    assert studio.told == [*UPLOADED, "job_update"]


async def test_an_outage_that_goes_on_is_noted_once(studio: Studio) -> None:
    away = Unavailable("the store does not answer")
    await failed(studio, away, last_error=away.detail)
    assert studio.told == UPLOADED


async def test_an_outage_of_days_is_given_up(studio: Studio) -> None:
    job, file = await failed(studio, Unavailable("away"), created_at=studio.clock.now() - timedelta(days=2, seconds=1))
    assert (job.status, file.status) == (JobStatus.FAILED, FileStatus.FAILED)


@pytest.mark.parametrize("error", COSTLY, ids=named)
@pytest.mark.parametrize(("attempts", "longest"), [(1, 2), (2, 4), (3, 8), (4, 16)])
@pytest.mark.parametrize("chance", [0.0, 1.0])
async def test_other_failures_come_back_later_and_later(
    studio: Studio, error: Exception, attempts: int, longest: int, chance: float
) -> None:
    studio.chance = chance
    job, file = await failed(studio, error, attempts=attempts)
    assert (job.status, job.attempts) == (JobStatus.PENDING, attempts)
    assert job.run_at - studio.clock.now() == timedelta(seconds=longest) * (0.5 + chance / 2)
    assert file.status is FileStatus.PROCESSING


@pytest.mark.parametrize("error", COSTLY, ids=named)
async def test_until_the_attempts_are_used_up(studio: Studio, error: Exception) -> None:
    job, file = await failed(studio, error, attempts=5)
    assert (job.status, file.status) == (JobStatus.FAILED, FileStatus.FAILED)
    assert file.reason == job.last_error


async def test_a_fault_of_ours_is_told_without_its_cause(studio: Studio) -> None:
    job, _ = await failed(studio, ValueError("password=hunter2"))
    assert job.last_error == "internal error (ValueError)"


async def test_variants_that_are_ready_stay_so_when_the_rest_is_given_up(studio: Studio) -> None:
    file = await studio.uploaded()
    ready = file.variant("thumb").made(width=1, height=1, size=1)
    async with studio.store.begin() as unit:
        await unit.files.save_variants(file.id, [ready])
        await unit.commit()
    await studio.fail(await studio.claimed(), Invalid("no"))
    file = await studio.file(file.id)
    assert file.variant("thumb") == ready
    assert file.variant("wide").status is VariantStatus.FAILED


async def test_a_file_that_is_ready_is_not_spoilt_by_a_later_job(studio: Studio) -> None:
    file = await studio.uploaded()
    async with studio.store.begin() as unit:
        await unit.files.save(replace(file, status=FileStatus.READY))
        await unit.commit()
    await studio.fail(await studio.claimed(), Invalid("no"))
    assert (await studio.file(file.id)).status is FileStatus.READY
    assert studio.only_job.status is JobStatus.FAILED


async def test_a_job_whose_file_is_gone_fails_alone(studio: Studio) -> None:
    file = await studio.uploaded()
    job = await studio.claimed()
    await studio.remove(file)
    await studio.fail(job, Invalid("no"))
    assert studio.only_job.status is JobStatus.FAILED
    assert studio.told == [*UPLOADED, "job_update"]


@pytest.mark.parametrize("error", [Invalid("no"), Unavailable("away"), ValueError()], ids=named)
async def test_whoever_lost_the_lease_has_no_say(studio: Studio, error: Exception) -> None:
    file = await studio.uploaded()
    slow = await studio.claimed()
    studio.clock.advance(LEASE)
    current = await studio.claimed()
    with pytest.raises(LeaseLost):
        await studio.fail(slow, error)
    assert studio.only_job == current
    assert await studio.file(file.id) == file
    assert studio.told == UPLOADED


def test_nobody_works_without_a_lease() -> None:
    with pytest.raises(LeaseLost):
        held(some_job(Studio().project.id))


async def crashed(studio: Studio, times: int) -> None:
    """So many workers died over the only job, and its lease ran out."""
    for _ in range(times):
        await studio.claimed()
        studio.clock.advance(LEASE)


async def test_a_job_may_kill_as_many_workers_as_are_forgiven(studio: Studio) -> None:
    await studio.uploaded()
    await crashed(studio, CRASHES_FORGIVEN)
    job = await studio.claimed()
    assert (job.crashes, job.attempts) == (2, 3)


async def test_the_next_time_it_is_put_aside_and_its_file_fails(studio: Studio) -> None:
    file = await studio.uploaded()
    await crashed(studio, CRASHES_FORGIVEN + 1)
    assert await studio.claim(5) == []
    reason = "put aside: 3 workers died while they had this job"
    assert (studio.only_job.status, studio.only_job.last_error) == (JobStatus.FAILED, reason)
    file = await studio.file(file.id)
    assert (file.status, file.reason) == (FileStatus.FAILED, reason)
    studio.clock.advance(timedelta(days=1))
    assert await studio.claim(5) == []


async def test_the_queue_moves_on_around_it(studio: Studio) -> None:
    await studio.uploaded()
    await crashed(studio, CRASHES_FORGIVEN + 1)
    other = await studio.uploaded()
    assert [job.file_id for job in await studio.claim(5)] == [other.id]


@pytest.mark.parametrize("trouble", ["outage", "lease lost"])
async def test_trouble_in_putting_one_aside_costs_the_other_jobs_nothing(studio: Studio, trouble: str) -> None:
    await studio.uploaded()
    await crashed(studio, CRASHES_FORGIVEN + 1)
    bad = studio.only_job
    other = await studio.uploaded()

    async def happening() -> None:
        if trouble == "outage":
            raise Unavailable("it does not answer")
        studio.rows.rows.jobs[bad.id] = replace(studio.rows.rows.jobs[bad.id], lease=None, status=JobStatus.CANCELLED)

    studio.steps.at[len(studio.steps.seen)] = happening
    assert [job.file_id for job in await studio.claim(5)] == [other.id]

    studio.clock.advance(LEASE)
    await studio.claim(5)
    assert studio.job(bad.id).status is (JobStatus.FAILED if trouble == "outage" else JobStatus.CANCELLED)


async def test_never_more_than_the_free_slots_and_only_the_kinds_asked_for(studio: Studio) -> None:
    kinds = [JobKind.PROCESS_IMAGE, JobKind.SYNC_FILE_VARIANTS, JobKind.PROCESS_IMAGE]
    await queued(studio.store, *(some_job(studio.project.id, kind=kind) for kind in kinds))
    claim = ClaimJob(studio.queue, RecoverJobs(studio.fail, studio.measures), LEASE, tuple(JobKind), studio.measures)
    assert [job.kind for job in await claim(3, [JobKind.SYNC_FILE_VARIANTS])] == [JobKind.SYNC_FILE_VARIANTS]
    (job,) = await claim(1)
    assert job.lease is not None
    assert job.lease.until == studio.clock.now() + LEASE
    assert len(await claim(5)) == 1
    assert await claim(5) == []


async def test_only_what_can_be_done_here_is_taken(studio: Studio) -> None:
    kinds = [JobKind.PROCESS_IMAGE, JobKind.SYNC_FILE_VARIANTS]
    await queued(studio.store, *(some_job(studio.project.id, kind=kind) for kind in kinds))
    claim = ClaimJob(
        studio.queue, RecoverJobs(studio.fail, studio.measures), LEASE, [JobKind.PROCESS_IMAGE], studio.measures
    )
    assert await claim(5, [JobKind.SYNC_FILE_VARIANTS]) == []
    assert [job.kind for job in await claim(5)] == [JobKind.PROCESS_IMAGE]


async def test_what_killed_its_decoder_comes_back_to_be_done_gently(studio: Studio) -> None:
    job, _ = await failed(studio, DecoderLost("the decoder died"))
    assert job.payload == {"variants": ["thumb", "wide"], "gently": True}
    job, _ = await failed(await Studio().open(), ValueError("a fault of ours"))
    assert "gently" not in job.payload


async def test_what_is_done_again_and_again_is_queued_anew_when_a_round_fails(studio: Studio) -> None:
    await studio.keep_periodic()
    studio.clock.advance(timedelta(minutes=1))
    for job in await studio.claim(5):
        await studio.fail(job, Invalid("no"))
    states = [(job.kind, job.status) for job in studio.rows.rows.jobs.values()]
    assert sorted(states) == sorted(
        (kind, state) for kind in PERIODS for state in (JobStatus.FAILED, JobStatus.PENDING)
    )
