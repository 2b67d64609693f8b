"""Trying again, calling off, forgetting: who may, when, and what becomes of the file."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.access import ROLE_PERMISSIONS, Role, UserCaller
from domain.errors import Forbidden, Invalid
from domain.jobs import Job, JobEnded, JobKind, JobMissing, JobNotEnded, JobStatus, LeaseLost
from domain.media import FileStatus, MediaFile, VariantStatus
from tests.unit.contracts.things import job as some_job
from tests.unit.contracts.things import queued
from tests.unit.use_cases.studio import UPLOADED, Studio

pytestmark = pytest.mark.anyio


def caller(role: Role, user_id: UUID | None = None) -> UserCaller:
    return UserCaller(user_id or uuid4(), "somebody", role, ROLE_PERMISSIONS[role])


SUPERUSER = caller(Role.SU)
USE_CASES = ["retry_job", "cancel_job", "delete_job"]


@pytest.fixture
async def studio() -> Studio:
    return await Studio().open()


async def failed(studio: Studio) -> tuple[Job, MediaFile]:
    """A picture nothing could be made of."""
    file = await studio.uploaded()
    await studio.fail(await studio.claimed(), Invalid("cut short"))
    return studio.only_job, await studio.file(file.id)


async def test_a_failed_job_is_tried_again_and_its_file_waits_again(studio: Studio) -> None:
    job, file = await failed(studio)
    assert file.status is FileStatus.FAILED
    again = await studio.retry_job(SUPERUSER, job.id)
    assert again == studio.only_job
    assert (again.status, again.attempts, again.crashes) == (JobStatus.PENDING, 0, 0)
    file = await studio.file(file.id)
    assert (file.status, file.reason) == (FileStatus.PROCESSING, None)
    assert {(v.status, v.reason) for v in file.variants} == {(VariantStatus.PENDING, None)}
    assert studio.rows.rows.events[-1].data["status"] == "pending"

    await studio.work_off()
    file = await studio.file(file.id)
    assert (file.status, studio.only_job.status) == (FileStatus.READY, JobStatus.COMPLETED)


async def test_so_is_a_cancelled_one(studio: Studio) -> None:
    file = await studio.uploaded()
    await studio.cancel_job(SUPERUSER, studio.only_job.id)
    await studio.retry_job(SUPERUSER, studio.only_job.id)
    await studio.work_off()
    assert (await studio.file(file.id)).status is FileStatus.READY


async def test_what_waits_or_is_under_way_or_was_done_is_not_tried_again(studio: Studio) -> None:
    await studio.uploaded()
    job = studio.only_job
    with pytest.raises(JobNotEnded):
        await studio.retry_job(SUPERUSER, job.id)
    await studio.claimed()
    with pytest.raises(JobNotEnded):
        await studio.retry_job(SUPERUSER, job.id)
    studio.clock.advance(timedelta(minutes=1))
    await studio.work_off()
    before = (studio.only_job, list(studio.told))
    with pytest.raises(JobEnded):
        await studio.retry_job(SUPERUSER, job.id)
    assert (studio.only_job, studio.told) == before


async def test_nor_while_another_does_the_same(studio: Studio) -> None:
    job = some_job(studio.project.id, kind=JobKind.SYNC_FILE_VARIANTS, file_id=None, unique_key="sync-file:1")
    await queued(studio.store, job)
    await studio.cancel_job(SUPERUSER, job.id)
    await queued(studio.store, replace(job, id=uuid4()))
    with pytest.raises(JobNotEnded):
        await studio.retry_job(SUPERUSER, job.id)
    assert studio.job(job.id).status is JobStatus.CANCELLED


@pytest.mark.parametrize("under_way", [False, True])
async def test_a_cancelled_job_shows_on_its_file(studio: Studio, under_way: bool) -> None:
    file = await studio.uploaded()
    claimed = await studio.claimed() if under_way else None
    job = await studio.cancel_job(SUPERUSER, studio.only_job.id)
    assert job == studio.only_job
    assert (job.status, job.lease) == (JobStatus.CANCELLED, None)
    file = await studio.file(file.id)
    assert (file.status, file.reason) == (FileStatus.FAILED, "cancelled")
    assert {(v.status, v.reason) for v in file.variants} == {(VariantStatus.FAILED, "cancelled")}
    assert studio.told == [*UPLOADED, "file_failed", "job_update"]
    if claimed is not None:
        with pytest.raises(LeaseLost):
            await studio.make_variants(claimed)
    assert await studio.claim(5) == []


async def test_what_is_ready_stays_ready_when_a_later_job_is_cancelled(studio: Studio) -> None:
    file = await studio.uploaded()
    await studio.work_off()
    job = some_job(studio.project.id, kind=JobKind.SYNC_FILE_VARIANTS, file_id=file.id)
    await queued(studio.store, job)
    ready = await studio.file(file.id)
    await studio.cancel_job(SUPERUSER, job.id)
    assert await studio.file(file.id) == ready


async def test_what_is_over_cannot_be_cancelled(studio: Studio) -> None:
    job, file = await failed(studio)
    with pytest.raises(JobEnded):
        await studio.cancel_job(SUPERUSER, job.id)
    assert (studio.only_job, await studio.file(file.id)) == (job, file)


async def test_only_what_is_over_can_be_forgotten(studio: Studio) -> None:
    await studio.uploaded()
    job = studio.only_job
    with pytest.raises(JobNotEnded):
        await studio.delete_job(SUPERUSER, job.id)
    await studio.cancel_job(SUPERUSER, job.id)
    gone = await studio.delete_job(SUPERUSER, job.id)
    assert gone.id == job.id
    assert studio.rows.rows.jobs == {}
    assert studio.rows.rows.events[-1].data == {"status": "cancelled", "attempts": 0, "deleted": True}


async def test_a_file_that_is_gone_is_no_obstacle(studio: Studio) -> None:
    job, file = await failed(studio)
    await studio.remove(file)
    await studio.retry_job(SUPERUSER, job.id)
    await studio.cancel_job(SUPERUSER, job.id)
    await studio.delete_job(SUPERUSER, job.id)


@pytest.mark.parametrize("name", USE_CASES)
async def test_an_admin_looks_after_the_jobs_of_their_own_projects_alone(studio: Studio, name: str) -> None:
    job, _ = await failed(studio)
    before = studio.only_job
    use_case: Any = getattr(studio, name)
    with pytest.raises(JobMissing):
        await use_case(caller(Role.ADMIN), job.id)
    with pytest.raises(JobMissing):
        await use_case(SUPERUSER, uuid4())
    with pytest.raises(Forbidden):
        await use_case(caller(Role.USER, studio.project.owner_id), job.id)
    assert studio.only_job == before
    owner = caller(Role.ADMIN, studio.project.owner_id)
    if name == "cancel_job":
        await studio.retry_job(owner, job.id)
    assert (await use_case(owner, job.id)).id == job.id


@pytest.mark.parametrize("name", USE_CASES)
async def test_jobs_of_the_installation_are_the_superusers(studio: Studio, name: str) -> None:
    await studio.keep_periodic()
    job = next(iter(studio.rows.rows.jobs.values()))
    with pytest.raises(JobMissing):
        await getattr(studio, name)(caller(Role.ADMIN, studio.project.owner_id), job.id)
    await studio.cancel_job(SUPERUSER, job.id)
