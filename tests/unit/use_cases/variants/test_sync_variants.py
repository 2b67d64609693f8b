"""A project brought in line with its settings, in batches, and the plan of it."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from adapters.memory.file_batches import MemoryFileBatches
from domain.jobs import JobKind, JobStatus
from domain.media import FileStatus, MediaFile, VariantStatus
from domain.object_keys import original_key
from domain.sync import PlannedVariant, plan_file
from domain.variants import VariantPlan, WantedVariant
from tests.unit.contracts.things import NOW, media_file
from tests.unit.use_cases.studio import LEASE, THUMB, TWO, Studio, sent

pytestmark = pytest.mark.anyio

SMALLER = {"format": "webp", "width": 50}


class Counted(MemoryFileBatches):
    """The batches that were asked for."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio.rows)
        self.asked: list[tuple[UUID | None, int]] = []

    async def of_project(self, project_id: UUID, *, after: UUID | None, limit: int) -> Sequence[MediaFile]:
        self.asked.append((after, limit))
        return await super().of_project(project_id, after=after, limit=limit)


@pytest.fixture
async def studio() -> Studio:
    studio = await Studio().open()
    studio.batches = Counted(studio)
    return studio


def asked(studio: Studio) -> list[tuple[UUID | None, int]]:
    assert isinstance(studio.batches, Counted)
    return studio.batches.asked


async def pictures(studio: Studio, count: int) -> list[MediaFile]:
    """So many pictures without variants, as rows alone."""
    project, made = studio.project, []
    async with studio.store.begin() as unit:
        for _ in range(count):
            id_ = uuid4()
            key = original_key(project.slug, project.id, id_, "jpg")
            made.append(media_file(project.id, id=id_, key=key, width=400, height=300))
            await unit.files.add(made[-1])
        await unit.commit()
    return sorted(made, key=lambda file: file.id)


def of_kind(studio: Studio, kind: JobKind) -> list[UUID | None]:
    return [job.file_id for job in studio.rows.rows.jobs.values() if job.kind is kind]


async def test_only_files_with_something_to_do_get_a_job(studio: Studio) -> None:
    files = [await studio.uploaded() for _ in range(3)]
    await studio.upload_file(studio.key, sent())
    await studio.work_off()
    await studio.set_variants({**TWO, "thumb": SMALLER})
    await studio.ask_for_a_sync()
    done = await studio.work_off()
    assert {job.status for job in done} == {JobStatus.COMPLETED}
    assert set(of_kind(studio, JobKind.SYNC_FILE_VARIANTS)) == {file.id for file in files}
    for file in files:
        assert (await studio.file(file.id)).variant("thumb").width == 50

    await studio.ask_for_a_sync()
    assert [job.kind for job in await studio.work_off()] == [JobKind.SYNC_PROJECT_VARIANTS]


async def test_it_goes_in_batches_and_remembers_how_far_it_came(studio: Studio) -> None:
    files = await pictures(studio, 450)
    await studio.ask_for_a_sync()
    job = await studio.claimed()
    told: list[int] = []
    await studio.change(files_count=450)
    await studio.sync_variants(job, told.append)
    assert asked(studio) == [(None, 200), (files[199].id, 200), (files[399].id, 200)]
    assert told == [44, 88, 99]
    assert len(of_kind(studio, JobKind.SYNC_FILE_VARIANTS)) == 450
    assert studio.job(job.id).status is JobStatus.COMPLETED


async def test_one_that_was_killed_goes_on_where_it_was(studio: Studio) -> None:
    files = await pictures(studio, 450)
    await studio.ask_for_a_sync()
    job = await studio.claimed()

    async def kill() -> None:
        raise KeyboardInterrupt

    begun = len(studio.steps.seen)
    studio.steps.at[begun + 9] = kill  # within the third of the units that queue
    with pytest.raises(KeyboardInterrupt):
        await studio.sync_variants(job)
    studio.clock.advance(LEASE)
    asked(studio).clear()
    (again,) = [each for each in await studio.claim(1000) if each.id == job.id]
    assert again.payload["seen"] in {200, 400}
    await studio.sync_variants(again)
    assert asked(studio)[0] == (files[again.payload["seen"] - 1].id, 200)
    assert sorted(map(str, of_kind(studio, JobKind.SYNC_FILE_VARIANTS))) == sorted(str(file.id) for file in files)


async def test_settings_changed_between_two_tries_make_it_begin_anew(studio: Studio) -> None:
    await pictures(studio, 250)
    await studio.ask_for_a_sync()
    job = replace(await studio.claimed(), payload={"recipes": ["thumb other"], "after": str(uuid4()), "seen": 200})
    await studio.sync_variants(job)
    assert asked(studio)[0] == (None, 200)


async def test_settings_changed_while_it_runs_make_it_go_through_once_more(studio: Studio) -> None:
    await pictures(studio, 3)
    await studio.ask_for_a_sync()
    job = await studio.claimed()

    async def change() -> None:
        async def lock_free() -> None:
            studio.rows.rows.projects[studio.project.id] = replace(studio.counted, settings=changed)

        await lock_free()

    await studio.set_variants(THUMB)
    changed = studio.counted.settings
    await studio.set_variants(TWO)
    studio.steps.at[len(studio.steps.seen) + 5] = change  # once the first round has queued
    await studio.sync_variants(job)
    assert len(asked(studio)) == 2
    assert studio.job(job.id).status is JobStatus.COMPLETED


async def test_a_file_that_is_synced_already_is_not_queued_twice(studio: Studio) -> None:
    await pictures(studio, 2)
    for _ in range(2):
        await studio.ask_for_a_sync()
        (job,) = [each for each in await studio.claim(1) if each.kind == JobKind.SYNC_PROJECT_VARIANTS]
        await studio.sync_variants(job)
        await studio.claim(10)
    assert len(of_kind(studio, JobKind.SYNC_FILE_VARIANTS)) == 2


@pytest.mark.parametrize("away", ["deleted_at", "erasing_at"])
async def test_a_project_that_is_deleted_is_let_be(studio: Studio, away: str) -> None:
    await pictures(studio, 2)
    await studio.ask_for_a_sync()
    await studio.change(**{away: NOW})
    (job,) = await studio.work_off()
    assert job.status is JobStatus.COMPLETED
    assert of_kind(studio, JobKind.SYNC_FILE_VARIANTS) == []


async def test_only_one_sync_of_a_project_waits(studio: Studio) -> None:
    assert await studio.ask_for_a_sync()
    assert not await studio.ask_for_a_sync()


async def test_the_plan_says_what_the_sync_would_do(studio: Studio) -> None:
    made = [await studio.uploaded(variants=("thumb",)) for _ in range(2)]
    await studio.work_off()
    await studio.set_variants({"thumb": SMALLER, "wide": TWO["wide"]})
    plan = await studio.plan_sync(studio.counted)
    assert (plan.files, plan.source_missing) == (2, 0)
    assert [(v.name, v.create, v.replace, v.drop) for v in plan.variants] == [("thumb", 0, 2, 0), ("wide", 2, 0, 0)]
    assert plan.estimated_bytes == sum(variant.estimated_bytes for variant in plan.variants) > 0

    await studio.set_variants({"wide": TWO["wide"]})
    plan = await studio.plan_sync(studio.counted)
    assert [(v.name, v.create, v.replace, v.drop) for v in plan.variants] == [("wide", 2, 0, 0), ("thumb", 0, 0, 2)]
    assert {job.kind for job in studio.rows.rows.jobs.values()} == {JobKind.PROCESS_IMAGE}, "planning queued something"
    assert (await studio.file(made[0].id)).variant("thumb").status is VariantStatus.READY


async def test_nobody_waits_while_a_plan_is_made(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[threading.Thread] = set()

    def watched(file: MediaFile, wanted: Sequence[WantedVariant]) -> VariantPlan:
        threads.add(threading.current_thread())
        return plan_file(file, wanted)

    monkeypatch.setattr("application.variants.plan_sync.plan_file", watched)
    await pictures(studio, 3)
    assert (await studio.plan_sync(studio.counted)).files == 3
    assert threads
    assert threading.current_thread() not in threads


async def test_a_plan_guesses_by_the_pictures_there_are(studio: Studio) -> None:
    done = await studio.uploaded()
    await studio.work_off()
    await pictures(studio, 10)
    plan = await studio.plan_sync(studio.counted)
    file = await studio.file(done.id)
    assert [variant.estimated_bytes for variant in plan.variants] == [10 * (v.size or 0) for v in file.variants]


async def test_a_plan_names_what_cannot_be_made(studio: Studio) -> None:
    (gone, *_) = await pictures(studio, 3)
    async with studio.store.begin() as unit:
        await unit.files.save(replace(gone, original_deleted_at=NOW))
        await unit.commit()
    plan = await studio.plan_sync(studio.counted)
    assert (plan.files, plan.source_missing) == (3, 1)
    assert [(variant.create, variant.replace) for variant in plan.variants] == [(2, 0), (2, 0)]


async def test_a_plan_where_all_is_well_is_empty(studio: Studio) -> None:
    await studio.uploaded()
    await studio.work_off()
    plan = await studio.plan_sync(studio.counted)
    assert (plan.files, plan.source_missing, plan.estimated_bytes) == (0, 0, 0)
    assert plan.variants == tuple(PlannedVariant(name, 0, 0, 0, 0) for name in TWO)


async def test_files_on_their_way_are_left_alone(studio: Studio) -> None:
    (file,) = await pictures(studio, 1)
    async with studio.store.begin() as unit:
        await unit.files.save(replace(file, status=FileStatus.PENDING))
        await unit.commit()
    assert (await studio.plan_sync(studio.counted)).files == 0
    await studio.ask_for_a_sync()
    await studio.work_off()
    studio.clock.advance(timedelta(days=1))
    assert of_kind(studio, JobKind.SYNC_FILE_VARIANTS) == []
