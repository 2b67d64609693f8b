"""What crashes left behind is found; what is young, named by a row, or none of ours is let be."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from adapters.filesystem.blobs import FilesystemBlobs
from application.maintenance.sweep_orphans import SweepOrphans, Swept
from application.ports.unfinished_uploads import Ours
from application.variants.workbench import PREFIX
from domain.access import EVERYTHING
from domain.jobs import JobKind, JobStatus
from domain.media import FileStatus, MediaFile
from domain.object_keys import file_key, original_key
from tests.unit.contracts.things import media_file
from tests.unit.use_cases.studio import Studio, in_pieces

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


@pytest.fixture
async def studio() -> Studio:
    return await Studio().open()


def key_of(studio: Studio, extension: str = "jpg") -> str:
    return original_key(studio.project.slug, studio.project.id, studio.ids.new(), extension)


async def lay(studio: Studio, key: str, body: bytes = b"12345") -> str:
    """A blob that no row speaks of."""
    await studio.blobs.put(key, in_pieces(body), content_type="image/jpeg")
    return key


async def arriving(studio: Studio) -> MediaFile:
    """An upload that never came to its end, and what it left in the store."""
    file_id = studio.ids.new()
    key = file_key(studio.project.slug, studio.project.id, file_id, "bin")
    file = media_file(
        studio.project.id, id=file_id, key=key, status=FileStatus.PENDING, size=77, created_at=studio.clock.now()
    )
    async with studio.store.begin() as unit:
        await unit.files.add(file)
        await unit.commit()
    await lay(studio, key)
    return file


async def test_an_upload_that_never_ended_goes_with_what_it_left_and_gives_its_room_back(studio: Studio) -> None:
    file = await arriving(studio)
    studio.clock.advance(DAY)
    assert (await studio.sweep()()).arrivals == 1
    assert await studio.keys() == set()
    async with studio.store.begin() as unit:
        assert await unit.files.get(EVERYTHING, file.id) is None
        assert await unit.file_facts.reserved(studio.project.id) == 0


async def test_one_that_is_young_stays_and_so_do_its_bytes(studio: Studio) -> None:
    file = await arriving(studio)
    studio.clock.advance(DAY - timedelta(seconds=1))
    assert (await studio.sweep()()).arrivals == 0
    assert await studio.keys() == {file.key}


async def test_one_that_arrives_at_the_last_moment_stays(studio: Studio) -> None:
    file = await arriving(studio)
    studio.clock.advance(DAY)

    async def arrive() -> None:
        shown = replace(file, status=FileStatus.READY)
        studio.rows.rows.files[file.id] = shown

    studio.steps.seen = []
    studio.steps.at[0] = arrive
    assert (await studio.sweep()()).arrivals == 0
    assert await studio.keys() == {file.key}


async def test_blobs_of_nobody_go_once_they_are_old(studio: Studio) -> None:
    file = await studio.uploaded()
    await studio.work_off()
    kept = await studio.keys()
    old = await lay(studio, key_of(studio))
    studio.clock.advance(DAY + timedelta(seconds=1))
    young = await lay(studio, key_of(studio))
    swept = await studio.sweep()()
    assert (swept.orphans, swept.orphan_bytes, swept.looked_at) == (1, 5, 5)
    assert await studio.keys() == kept | {young}
    assert old not in await studio.keys()
    assert (await studio.file(file.id)).status is FileStatus.READY


async def test_what_is_none_of_ours_is_let_be_and_counted(studio: Studio) -> None:
    foreign = {await lay(studio, key) for key in ("backups/2026.tar", "naive/images/x.jpg", "readme.txt")}
    studio.clock.advance(2 * DAY)
    swept = await studio.sweep()()
    assert (swept.orphans, swept.foreign, swept.looked_at) == (0, 3, 3)
    assert await studio.keys() == foreign


async def test_what_another_darkroom_keeps_in_the_same_store_is_none_of_ours(studio: Studio) -> None:
    elsewhere = original_key("holiday", uuid4(), uuid4(), "jpg")
    beginnings_alike = original_key(studio.project.slug, uuid4(), uuid4(), "jpg")
    foreign = {await lay(studio, key) for key in (elsewhere, beginnings_alike)}
    orphan = await lay(studio, key_of(studio))
    studio.clock.advance(2 * DAY)
    for dry_run in (True, False):
        swept = await studio.sweep()(dry_run=dry_run)
        assert (swept.orphans, swept.foreign, swept.looked_at) == (1, 2, 3)
    assert await studio.keys() == foreign
    assert orphan not in foreign


async def test_a_project_in_the_bin_is_still_ours(studio: Studio) -> None:
    await lay(studio, key_of(studio))
    await studio.change(deleted_at=studio.clock.now())
    studio.clock.advance(2 * DAY)
    assert (await studio.sweep()()).orphans == 1


async def test_a_blob_left_under_a_key_of_before_is_nobodys(studio: Studio) -> None:
    file = await studio.uploaded()
    await studio.work_off()
    before = file.variant("thumb").key
    await studio.set_variants({"thumb": {"format": "webp", "width": 50}})
    await studio.ask_for_a_sync()
    await studio.work_off()
    await lay(studio, before)
    studio.clock.advance(2 * DAY)
    assert (await studio.sweep()()).orphans == 1
    assert before not in await studio.keys()


async def test_the_promised_blobs_of_a_file_that_is_still_worked_on_stay(studio: Studio) -> None:
    promised = await studio.uploaded()
    for variant in promised.variants:
        await lay(studio, variant.key)
    studio.clock.advance(2 * DAY)
    assert (await studio.sweep()()).orphans == 0


@pytest.mark.parametrize("happening", ["a row came", "it was put anew", "it went"])
async def test_it_looks_once_more_before_it_takes_anything(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, happening: str
) -> None:
    key = await lay(studio, key_of(studio))
    studio.clock.advance(2 * DAY)
    look = studio.blobs.stat

    async def meanwhile(asked: str) -> object:
        if happening == "a row came":
            async with studio.store.begin() as unit:
                await unit.files.add(media_file(studio.project.id, key=key))
                await unit.commit()
        elif happening == "it was put anew":
            await lay(studio, key)
        else:
            await studio.blobs.remove(key)
        return await look(asked)

    monkeypatch.setattr(type(studio.blobs), "stat", lambda self, asked: meanwhile(asked))
    assert (await studio.sweep()()).orphans == 0
    assert await studio.keys() == (set() if happening == "it went" else {key})


async def test_a_dry_run_tells_and_takes_nothing(studio: Studio, tmp_path: Path) -> None:
    file = await arriving(studio)
    orphan = await lay(studio, key_of(studio))
    studio.clock.advance(2 * DAY)
    swept = await studio.sweep()(dry_run=True)
    assert (swept.arrivals, swept.orphans, swept.unfinished) == (1, 1, 0)
    assert await studio.keys() == {file.key, orphan}


async def test_it_goes_in_pages_and_tells_how_far_it_is(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.maintenance.sweep_orphans.BATCH", 2)
    for _ in range(5):
        await lay(studio, key_of(studio))
    studio.clock.advance(2 * DAY)
    told: list[Swept] = []
    assert (await studio.sweep()(tell=told.append)).orphans == 5
    assert [swept.looked_at for swept in told] == [2, 4, 5, 5]


async def test_unfinished_things_of_the_store_go_too_when_they_are_ours(studio: Studio) -> None:
    elsewhere = original_key("holiday", uuid4(), uuid4(), "jpg")
    begun = [key_of(studio), elsewhere, key_of(studio), "backups/2026.tar", f"incoming/{uuid4()}"]

    class Unfinished:
        def __init__(self) -> None:
            self.before: list[datetime] = []

        async def drop_unfinished(self, before: datetime, ours: Ours) -> int:
            self.before.append(before)
            return len([key for key in begun if await ours(key)])

    left = Unfinished()
    assert (await studio.sweep(unfinished=left)()).unfinished == 2
    assert left.before == [studio.clock.now() - DAY]
    await studio.sweep(unfinished=left)(dry_run=True)
    assert len(left.before) == 1


async def test_folders_of_dead_workers_go(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead, other = tmp_path / f"{PREFIX}dead", tmp_path / "other"
    for folder in (dead, other):
        folder.mkdir()
        (folder / "source").write_bytes(b"x")
    assert (await studio.sweep()()).unfinished == 0, "it may be somebody's at this moment"
    assert (await studio.sweep(grace=timedelta(0))()).unfinished == 1
    assert (dead.exists(), other.exists()) == (False, True)


async def test_as_a_job_it_ends_and_the_next_one_waits(studio: Studio) -> None:
    await studio.keep_periodic()
    studio.clock.advance(timedelta(minutes=1))
    (job,) = [job for job in await studio.claim(5) if job.kind == JobKind.SWEEP_ORPHANS]
    told: list[int] = []
    await studio.sweep().run(job, told.append)
    assert studio.job(job.id).status is JobStatus.COMPLETED
    states = [each.status for each in studio.rows.rows.jobs.values() if each.unique_key == job.unique_key]
    assert states == [JobStatus.COMPLETED, JobStatus.PENDING]
    assert told


async def test_on_a_disk_as_well(tmp_path: Path) -> None:
    studio = await Studio(disk=FilesystemBlobs(tmp_path)).open()
    file = await studio.uploaded()
    orphan = await lay(studio, key_of(studio))
    studio.clock.advance(timedelta(days=3650))
    sweep: Callable[..., Awaitable[Swept]] = studio.sweep(timedelta(seconds=1), unfinished=studio.disk)
    assert isinstance(sweep, SweepOrphans)
    swept = await sweep()
    assert swept.orphans == 1
    assert await studio.keys() == {file.key}
    assert not (tmp_path / orphan).exists()
