"""A project goes for good, whatever happens on the way."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from adapters.memory.job_queue import MemoryJobQueue
from adapters.memory.measures import MemoryMeasures
from adapters.memory.projects import MemoryProjects
from adapters.memory.store import MemoryStore
from application.jobs.fail_job import FailJob
from application.jobs.run_job import RunJob
from application.projects import erase_project
from application.projects.begin_purge import begin_purge
from application.projects.purge_project import SAFETY, Purged
from domain.access import EVERYTHING
from domain.audit import AuditAction
from domain.errors import Unavailable
from domain.events import Event, EventKind
from domain.jobs import JOBS_TOPIC, Job, JobKind, JobStatus
from domain.media import FileStatus, MediaFile, VariantStatus
from domain.object_keys import project_prefix
from domain.projects import RESTORABLE_FOR, ProjectMissing
from tests.unit.contracts.things import NOW, api_key, event, media_file, project, put
from tests.unit.use_cases.projects.estate import ANNA, BEN, HERE, SUPERUSER, Estate

pytestmark = pytest.mark.anyio

READY = VariantStatus.READY
LEASE = timedelta(seconds=30)


@pytest.fixture
async def estate() -> Estate:
    """A picture, a file on its way, a former key, a blob of nobody, an API key; and somebody else's file."""
    estate = await Estate().open()
    await estate.add_picture(READY)
    await estate.add_file(status=FileStatus.PENDING)
    prefix = project_prefix(estate.project.slug, estate.project.id)
    await estate.keep_blob(f"{prefix}images/thumb/former-12345678.webp")
    await estate.keep_blob(f"{prefix}files/orphan.bin")
    neighbour = project(slug=estate.project.slug)
    file = media_file(neighbour.id, key=f"{project_prefix(neighbour.slug, neighbour.id)}files/theirs.bin")
    told = Event(EventKind.FILE_UPLOADED, estate.project.id, NOW)
    await put(MemoryStore(estate.rows), neighbour, file, api_key(estate.project.id), told)
    await estate.keep_blob(file.key)
    estate.steps.seen.clear()
    return estate


def everything_is_gone(estate: Estate) -> bool:
    rows, gone = estate.rows.rows, estate.project.id
    theirs: list[object] = [row for row in rows.files.values() if row.project_id == gone]
    theirs += [row for row in rows.api_keys.values() if row.project_id == gone]
    theirs += [row for row in rows.jobs.values() if row.project_id == gone]
    theirs += [row for row in rows.log.values() if row.project_id == gone]
    return gone not in rows.projects and not theirs


async def keys_left(estate: Estate) -> list[str]:
    return [key.rpartition("/")[2] for key in await estate.keys()]


def runner(estate: Estate) -> RunJob:
    fail = FailJob(estate.store, estate.clock, lambda: 0.5)
    return RunJob(
        {JobKind.PURGE_PROJECT: estate.continue_purge}, MemoryJobQueue(estate.rows), fail, LEASE, MemoryMeasures()
    )


async def run_what_is_due(estate: Estate) -> list[Exception | None]:
    claimed = await MemoryJobQueue(estate.rows).claim(slots=9, lease=LEASE)
    return [await runner(estate)(job) for job in claimed]


async def test_everything_of_it_goes_and_nothing_else(estate: Estate) -> None:
    assert await estate.purge(ANNA, estate.project.id, HERE) == Purged(done=True)
    assert everything_is_gone(estate)
    assert await keys_left(estate) == ["theirs.bin"]
    assert len(estate.rows.rows.files) == 1
    (line,) = estate.rows.rows.audit
    assert (line.action, line.project_id, line.payload) == (
        AuditAction.PROJECT_ERASED, estate.project.id, {"name": estate.project.name}
    )  # fmt: skip


async def test_also_out_of_the_bin_and_however_long_it_lay_there(estate: Estate) -> None:
    await estate.alter(deleted_at=NOW - RESTORABLE_FOR)
    await estate.purge(SUPERUSER, estate.project.id, HERE)
    assert everything_is_gone(estate)


async def test_from_the_first_commit_on_nobody_sees_it_and_a_job_stands_behind_it(estate: Estate) -> None:
    seen: list[tuple[bool, JobStatus, timedelta]] = []

    async def look() -> None:
        if estate.project.id in estate.rows.rows.projects and "committed" in estate.steps.seen:
            (job,) = estate.jobs
            visible = await estate.projects.get(EVERYTHING, estate.project.id) is not None
            seen.append((visible, job.status, job.run_at - NOW))

    estate.steps.everywhere = look
    await estate.purge(ANNA, estate.project.id, HERE)
    assert set(seen) == {(False, JobStatus.PENDING, SAFETY)}


async def test_rows_go_before_their_blobs(estate: Estate) -> None:
    async def look() -> None:
        if estate.steps.seen[-1] == "about to remove":
            assert not [file for file in estate.rows.rows.files.values() if file.project_id == estate.project.id]

    estate.steps.everywhere = look
    await estate.purge(ANNA, estate.project.id, HERE)


async def test_what_is_foreign_or_being_erased_is_absent(estate: Estate) -> None:
    with pytest.raises(ProjectMissing):
        await estate.purge(BEN, estate.project.id, HERE)
    await estate.alter(deleted_at=NOW, erasing_at=NOW)
    with pytest.raises(ProjectMissing):
        await estate.purge(SUPERUSER, estate.project.id, HERE)
    assert estate.noted == []


async def test_what_takes_too_long_is_left_to_the_job_at_once(estate: Estate) -> None:
    async def hang() -> None:
        if estate.steps.seen[-1] == "about to remove":
            await asyncio.sleep(3600)

    estate.steps.everywhere = hang
    async with estate.signals.listen(JOBS_TOPIC) as taps:
        purged = await replace(estate.purge, patience=0.02)(ANNA, estate.project.id, HERE)
        assert await anext(taps) == ""
    (job,) = estate.jobs
    assert (purged, job.run_at) == (Purged(done=False, job_id=job.id), NOW)

    estate.steps.everywhere = None
    assert await run_what_is_due(estate) == [None]
    assert everything_is_gone(estate)
    assert await keys_left(estate) == ["theirs.bin"]


async def test_an_outage_leaves_it_to_the_job(estate: Estate) -> None:
    async def outage() -> None:
        if "about to remove" in estate.steps.seen:
            raise Unavailable("nothing answers")

    estate.steps.everywhere = outage
    assert not (await estate.purge(ANNA, estate.project.id, HERE)).done
    (job,) = estate.jobs
    assert job.run_at == NOW + SAFETY  # not even the database could be told to hurry
    estate.steps.everywhere = None
    estate.clock.advance(SAFETY)
    assert await run_what_is_due(estate) == [None]
    assert everything_is_gone(estate)


class Killed(BaseException):
    """The process dies."""


async def test_killed_at_any_step_the_job_brings_it_to_its_end() -> None:
    step = 0
    while True:
        estate = await ready()

        async def killed() -> None:
            raise Killed

        estate.steps.at[step] = killed
        try:
            await estate.purge(ANNA, estate.project.id, HERE)
            break
        except (Killed, BaseExceptionGroup):
            pass
        estate.clock.advance(SAFETY)
        begun = estate.project.id not in estate.rows.rows.projects or estate.now.erasing_at is not None
        told = await run_what_is_due(estate)
        assert everything_is_gone(estate) is begun, step
        assert await keys_left(estate) == [] if begun else told == []
        step += 1
    assert step > 15


async def test_the_job_itself_can_be_killed_at_any_step() -> None:
    step = 0
    while True:
        estate = await ready()
        async with MemoryStore(estate.rows).begin() as unit:
            assert await begin_purge(unit, estate.project, uuid4(), NOW)
            await unit.commit()

        async def failed() -> None:
            raise OSError("something nobody thought of")

        estate.steps.at[step] = failed
        (told,) = await run_what_is_due(estate)
        if told is None:
            break
        if not everything_is_gone(estate):
            estate.clock.advance(timedelta(minutes=1))
            assert await run_what_is_due(estate) == [None]
        assert everything_is_gone(estate)
        assert await keys_left(estate) == []
        step += 1
    assert step > 14


async def ready() -> Estate:
    estate = await Estate().open()
    await estate.add_picture(READY)
    await estate.add_file()
    await estate.keep_blob(f"{project_prefix(estate.project.slug, estate.project.id)}files/orphan.bin")
    estate.steps.seen.clear()
    return estate


async def test_files_that_arrive_meanwhile_take_another_round(estate: Estate) -> None:
    late: list[MediaFile] = []

    async def arrive() -> None:
        if estate.steps.seen[-1] == "removed" and not late:
            file = media_file(estate.project.id, status=FileStatus.PENDING, key="elsewhere/late.bin")
            late.append(file)
            await put(MemoryStore(estate.rows), file)
            await estate.keep_blob(file.key)

    estate.steps.everywhere = arrive
    assert (await estate.purge(ANNA, estate.project.id, HERE)).done
    assert late
    assert everything_is_gone(estate)
    assert await keys_left(estate) == ["theirs.bin"]


async def test_files_that_never_stop_arriving_are_left_to_the_job(estate: Estate) -> None:
    async def arrive() -> None:
        if estate.steps.seen[-1] == "about to begin" and not estate.rows.busy:
            await put(MemoryStore(estate.rows), media_file(estate.project.id, status=FileStatus.PENDING))

    estate.steps.everywhere = arrive
    assert not (await replace(estate.purge, patience=0.1)(ANNA, estate.project.id, HERE)).done
    assert estate.now.erasing_at == NOW


async def test_many_files_go_in_batches_and_the_job_says_how_far_it_is(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erase_project, "BATCH", 1)
    async with estate.store.begin() as unit:
        await begin_purge(unit, estate.project, uuid4(), NOW)
        await unit.commit()
    (job,) = await MemoryJobQueue(estate.rows).claim(slots=1, lease=LEASE)
    told: list[int] = []
    await estate.continue_purge(job, told.append)
    assert told == [50, 99]
    assert everything_is_gone(estate)
    assert await keys_left(estate) == ["theirs.bin"]


async def test_its_past_goes_in_steps_before_it_does_itself(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erase_project, "PAST_BATCH", 2)
    await put(MemoryStore(estate.rows), *(event(estate.project.id) for _ in range(7)))
    left: list[list[Event]] = []
    remove = MemoryProjects.remove

    async def looking(self: MemoryProjects, project_id: UUID) -> bool:
        left.append([each for each in estate.rows.rows.events if each.project_id == project_id])
        return await remove(self, project_id)

    monkeypatch.setattr(MemoryProjects, "remove", looking)
    assert (await estate.purge(ANNA, estate.project.id, HERE)).done
    assert left == [[]]


async def test_what_lay_in_the_bin_for_too_long_is_erased_by_nobody(estate: Estate) -> None:
    await estate.alter(deleted_at=NOW - RESTORABLE_FOR)
    await queued(estate)
    assert await run_what_is_due(estate) == [None]
    assert everything_is_gone(estate)
    (line,) = estate.rows.rows.audit
    assert (line.action, line.origin.actor_id) == (AuditAction.PROJECT_ERASED, None)


@pytest.mark.parametrize("deleted_at", [None, NOW - RESTORABLE_FOR + timedelta(seconds=1)])
async def test_what_was_restored_or_can_be_is_let_be(estate: Estate, deleted_at: object) -> None:
    await estate.alter(deleted_at=deleted_at)
    before = (estate.now, await estate.keys(), estate.rows.rows.files)
    await queued(estate)
    assert await run_what_is_due(estate) == [None]
    assert (estate.now, await estate.keys(), estate.rows.rows.files) == before
    assert [job.status for job in estate.jobs] == [JobStatus.COMPLETED]
    assert estate.noted == []


async def queued(estate: Estate) -> None:
    """As those that lay in the bin for too long are."""
    async with MemoryStore(estate.rows).begin() as unit:
        project_id = estate.project.id
        job = Job.fresh(uuid4(), JobKind.PURGE_PROJECT, NOW, project_id=project_id, unique_key=f"purge:{project_id}")
        await unit.jobs.add(job)
        await unit.commit()


async def test_where_a_job_waits_already_there_is_no_second_one(estate: Estate) -> None:
    await estate.alter(deleted_at=NOW - RESTORABLE_FOR)
    await queued(estate)

    async def outage() -> None:
        if "about to remove" in estate.steps.seen:
            raise Unavailable("nothing answers")

    estate.steps.everywhere = outage
    assert await estate.purge(ANNA, estate.project.id, HERE) == Purged(done=False, job_id=None)
    estate.steps.everywhere = None
    assert await run_what_is_due(estate) == [None]
    assert everything_is_gone(estate)
