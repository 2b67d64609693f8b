"""A file that has been there for long gets what its project wants by now, and nothing else of it is touched."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from adapters.filesystem.blobs import FilesystemBlobs
from adapters.memory.transformer import MemoryTransformer
from application.ports.image_transformer import DecoderLost, Glimpse, NotRendered, Order, Rendered
from application.variants.render_variants import NO_TIME
from domain.jobs import Job, JobKind, JobStatus
from domain.media import FileStatus, MediaFile, VariantStatus
from domain.settings import read_settings
from tests.unit.contracts.things import NOW
from tests.unit.use_cases.studio import JPEG, THUMB, TWO, Studio, sent

pytestmark = pytest.mark.anyio

SMALLER = {"format": "webp", "width": 50}
TOO_WIDE = {"format": "webp", "width": 16_384, "enlarge": True}


@pytest.fixture(params=["remote", "local"])
async def studio(request: pytest.FixtureRequest, tmp_path: Path) -> Studio:
    return await Studio(disk=FilesystemBlobs(tmp_path / "blobs") if request.param == "local" else None).open()


async def made(studio: Studio, **fields: Any) -> MediaFile:
    """A file with all its pictures."""
    file = await studio.uploaded(**fields)
    await studio.work_off()
    return await studio.file(file.id)


async def synced(studio: Studio, file: MediaFile) -> tuple[Job, MediaFile]:
    """The same after a sync."""
    job = Job.fresh(studio.ids.new(), JobKind.SYNC_FILE_VARIANTS, NOW, project_id=file.project_id, file_id=file.id)
    async with studio.store.begin() as unit:
        await unit.jobs.add(job)
        await unit.commit()
    await studio.run_job()(await studio.claimed())
    return studio.job(job.id), await studio.file(file.id)


async def whole(studio: Studio, file: MediaFile) -> None:
    """Rows, store and counters agree."""
    original = {file.key} if file.original_deleted_at is None else set()
    ready = {variant.key for variant in file.variants if variant.status is VariantStatus.READY}
    assert await studio.keys() == original | ready
    assert studio.counted.storage_used_bytes == file.stored_bytes


async def test_what_is_as_it_should_be_is_not_touched(studio: Studio) -> None:
    before = await made(studio)
    told = len(studio.told)
    job, file = await synced(studio, before)
    assert job.status is JobStatus.COMPLETED
    assert file.variants == before.variants
    assert studio.told[told:] == ["job_update", "job_update"]


async def test_what_is_missing_is_made_under_its_plain_key(studio: Studio) -> None:
    before = await made(studio, variants=("thumb",))
    assert [variant.name for variant in before.variants] == ["thumb"]
    _, file = await synced(studio, before)
    assert file.variant("thumb") == before.variant("thumb")
    assert file.variant("wide").status is VariantStatus.READY
    assert file.variant("wide").key.endswith(f"/images/wide/{file.id}.png")
    await whole(studio, file)


async def test_a_picture_by_an_older_recipe_stays_until_its_successor_is_there(studio: Studio) -> None:
    before = await made(studio)
    old = before.variant("thumb")
    await studio.set_variants({**TWO, "thumb": SMALLER})
    seen = []

    class Watching(MemoryTransformer):
        async def render(self, *args: Any, **more: Any) -> AsyncGenerator[Glimpse | Rendered | NotRendered, None]:
            async for result in super().render(*args, **more):
                seen.append((await studio.file(before.id)).variant("thumb") == old and old.key in await studio.keys())
                yield result

    studio.transformer = Watching()
    _, file = await synced(studio, before)
    new = file.variant("thumb")
    assert seen
    assert all(seen), "the old picture was taken away before the new one was there"
    assert (new.status, new.width) == (VariantStatus.READY, 50)
    assert new.key == old.key.replace(".webp", f"-{new.recipe[:8]}.webp")
    assert file.variant("wide") == before.variant("wide")
    holder = await studio.files.holding(old.key)
    assert holder is not None
    assert not holder.current
    await whole(studio, file)


async def test_back_and_forth_never_gives_a_key_two_pictures(studio: Studio) -> None:
    file, seen = await made(studio), dict[str, str]()
    for thumb in (THUMB["thumb"], SMALLER, THUMB["thumb"], SMALLER):
        await studio.set_variants({**TWO, "thumb": thumb})
        _, file = await synced(studio, file)
        variant = file.variant("thumb")
        assert seen.setdefault(variant.key, variant.recipe) == variant.recipe
        await whole(studio, file)


async def test_what_nobody_wants_any_more_goes_with_its_blob(studio: Studio) -> None:
    before = await made(studio)
    await studio.set_variants(THUMB)
    _, file = await synced(studio, before)
    assert file.variants == (before.variant("thumb"),)
    assert file.status is FileStatus.READY
    assert "variant_dropped" in studio.told
    await whole(studio, file)


async def test_a_variant_that_comes_back_does_not_get_the_plain_key_again(studio: Studio) -> None:
    before = await made(studio)
    await studio.set_variants(THUMB)
    await synced(studio, before)
    await studio.set_variants(TWO)
    _, file = await synced(studio, before)
    wide = file.variant("wide")
    assert wide.key == before.variant("wide").key.replace(".png", f"-{wide.recipe[:8]}.png")
    await whole(studio, file)


async def test_what_failed_before_is_tried_again(studio: Studio) -> None:
    before = await made(studio)
    async with studio.store.begin() as unit:
        await unit.files.save_variants(before.id, [before.variant("thumb").awaited().refused("the decoder died")])
        await unit.files.save(replace(before, status=FileStatus.FAILED, reason="the decoder died"))
        await unit.commit()
    _, file = await synced(studio, before)
    assert {variant.status for variant in file.variants} == {VariantStatus.READY}
    assert (file.status, file.reason) == (FileStatus.READY, None)
    assert file.variant("thumb").key == before.variant("thumb").key


async def test_a_successor_that_cannot_be_made_takes_nothing_away(studio: Studio) -> None:
    before = await made(studio)
    await studio.set_variants({**TWO, "thumb": TOO_WIDE, "huge": TOO_WIDE})
    _, file = await synced(studio, before)
    assert file.variant("thumb") == before.variant("thumb")
    assert file.variant("huge").status is VariantStatus.FAILED
    assert (file.status, studio.told.count("variant_failed")) == (FileStatus.READY, 2)
    await whole(studio, file)


async def test_a_ready_file_does_not_fail_over_a_variant_that_cannot_be_made(studio: Studio) -> None:
    await studio.set_variants({})
    before = await made(studio)
    await studio.set_variants({"huge": TOO_WIDE})
    _, file = await synced(studio, before)
    assert (file.status, file.variant("huge").status) == (FileStatus.READY, VariantStatus.FAILED)


async def test_without_the_original_what_is_new_says_so_and_what_is_old_stays(studio: Studio) -> None:
    before = await made(studio, variants=("thumb",))
    async with studio.store.begin() as unit:
        await unit.files.save(replace(before, original_deleted_at=NOW))
        await unit.commit()
    await studio.set_variants({**TWO, "thumb": SMALLER})
    _, file = await synced(studio, before)
    assert file.variant("thumb") == before.variant("thumb")
    assert (file.variant("wide").status, file.variant("wide").reason) == (VariantStatus.FAILED, "source_missing")
    assert file.status is FileStatus.READY
    assert (await synced(studio, before))[1].variants == file.variants


async def test_settings_that_change_meanwhile_send_it_round_once_more(studio: Studio) -> None:
    before = await made(studio)
    await studio.set_variants({**TWO, "thumb": SMALLER})

    class Changing(MemoryTransformer):
        async def render(self, *args: Any, **more: Any) -> AsyncGenerator[Glimpse | Rendered | NotRendered, None]:
            async for result in super().render(*args, **more):
                await studio.set_variants({**TWO, "thumb": {"format": "webp", "width": 30}})
                yield result

    studio.transformer = Changing()
    job, file = await synced(studio, before)
    assert job.status is JobStatus.PENDING
    assert file.variant("thumb") == before.variant("thumb")
    await whole(studio, file)
    studio.transformer = MemoryTransformer()
    await studio.work_off()
    file = await studio.file(file.id)
    assert file.variant("thumb").width == 30
    await whole(studio, file)


async def test_a_file_that_came_in_as_something_else_gets_no_variants(studio: Studio) -> None:
    plain = await studio.upload_file(studio.key, sent())
    _, file = await synced(studio, plain)
    assert (file.variants, file.placeholder) == ((), None)


async def test_a_file_or_project_that_is_gone_is_no_error(studio: Studio) -> None:
    file = await made(studio)
    await studio.remove(file)
    job = Job.fresh(studio.ids.new(), JobKind.SYNC_FILE_VARIANTS, NOW, project_id=file.project_id, file_id=file.id)
    async with studio.store.begin() as unit:
        await unit.jobs.add(job)
        await unit.commit()
    (done,) = await studio.work_off()
    assert done.status is JobStatus.COMPLETED
    assert await studio.keys() == set()


KEEP_NOTHING = {"keep_original": False}


async def kept_nothing(variants: Any = None) -> tuple[Studio, MediaFile]:
    studio = await Studio(variants=TWO if variants is None else variants, settings=KEEP_NOTHING).open()
    return studio, await made(studio)


async def test_an_original_that_is_not_to_be_kept_goes_after_success() -> None:
    studio, file = await kept_nothing()
    assert file.original_deleted_at == studio.clock.now()
    assert file.key not in await studio.keys()
    assert "original_deleted" in studio.told
    await whole(studio, file)


async def test_it_stays_while_something_could_not_be_made() -> None:
    studio, file = await kept_nothing({**THUMB, "huge": TOO_WIDE})
    assert file.original_deleted_at is None
    assert await studio.body(file.key) == JPEG
    await whole(studio, file)


async def test_it_stays_where_there_is_nothing_else() -> None:
    _, file = await kept_nothing({})
    assert (file.original_deleted_at, file.status) == (None, FileStatus.READY)


class Recording(MemoryTransformer):
    """Remembers what it was asked for, and loses its decoder over some of it."""

    def __init__(self, *deadly: str) -> None:
        super().__init__()
        self.calls: list[list[str]] = []
        self.camera: list[bool] = []
        self._deadly = deadly

    async def render(
        self,
        source: Path,
        mime_type: str,
        orders: Sequence[Order],
        into: Path,
        *,
        keep_camera: bool = False,
        owner: UUID | None = None,
    ) -> AsyncGenerator[Glimpse | Rendered | NotRendered, None]:
        self.calls.append([order.name for order in orders])
        self.camera.append(keep_camera)
        if {order.name for order in orders} & set(self._deadly):
            raise DecoderLost("the decoder died")
        async for result in super().render(source, mime_type, orders, into, keep_camera=keep_camera, owner=owner):
            yield result


async def test_after_a_dead_decoder_it_goes_one_by_one_and_the_guilty_one_fails_alone(studio: Studio) -> None:
    recording = studio.transformer = Recording("wide")
    promised = await studio.uploaded()
    await studio.work_off()
    assert studio.only_job.payload["gently"] is True
    assert (studio.only_job.status, studio.only_job.attempts) == (JobStatus.PENDING, 1)
    studio.clock.advance(studio.only_job.run_at - studio.clock.now())
    await studio.work_off()
    file = await studio.file(promised.id)
    assert recording.calls == [["thumb", "wide"], ["thumb"], ["wide"]]
    assert (studio.only_job.status, file.status) == (JobStatus.COMPLETED, FileStatus.READY)
    assert file.variant("thumb").status is VariantStatus.READY
    assert (file.variant("wide").status, file.variant("wide").reason) == (VariantStatus.FAILED, "the decoder died")


async def test_going_one_by_one_ends_when_it_has_taken_its_time(studio: Studio) -> None:
    studio.gently_for = -1.0
    recording = studio.transformer = Recording("thumb")
    promised = await studio.uploaded()
    await studio.work_off()
    studio.clock.advance(studio.only_job.run_at - studio.clock.now())
    await studio.work_off()
    file = await studio.file(promised.id)
    assert recording.calls == [["thumb", "wide"]]
    assert (studio.only_job.status, file.status) == (JobStatus.COMPLETED, FileStatus.FAILED)
    assert {variant.reason for variant in file.variants} == {NO_TIME}


async def test_a_picture_that_was_whole_when_its_decoder_died_is_kept(studio: Studio) -> None:
    class DyingLate(Recording):
        async def render(
            self,
            source: Path,
            mime_type: str,
            orders: Sequence[Order],
            into: Path,
            *,
            keep_camera: bool = False,
            owner: UUID | None = None,
        ) -> AsyncGenerator[Glimpse | Rendered | NotRendered, None]:
            async for result in super().render(source, mime_type, orders, into, keep_camera=keep_camera, owner=owner):
                yield result
            raise DecoderLost("the decoder died")

    studio.transformer = DyingLate()
    promised = await studio.uploaded()
    await studio.work_off()
    studio.clock.advance(studio.only_job.run_at - studio.clock.now())
    await studio.work_off()
    file = await studio.file(promised.id)
    assert {variant.status for variant in file.variants} == {VariantStatus.READY}
    assert studio.counted.storage_used_bytes == file.stored_bytes
    await whole(studio, file)


async def test_a_project_beyond_its_quota_keeps_the_pictures_it_has(studio: Studio) -> None:
    before = await made(studio)
    await studio.change(storage_limit_bytes=before.size)
    await studio.set_variants({**TWO, "thumb": {"format": "webp", "width": 300}})
    job, file = await synced(studio, before)
    assert job.status is JobStatus.COMPLETED
    assert file.variants == before.variants
    await whole(studio, file)


async def test_what_the_camera_said_stays_only_where_the_project_wants_it(studio: Studio) -> None:
    recording = studio.transformer = Recording()
    before = await made(studio)
    await studio.change(settings=read_settings({"variants": TWO, "strip_metadata": "gps"}))
    _, file = await synced(studio, before)
    assert recording.camera == [False, True]
    assert {v.recipe for v in file.variants}.isdisjoint({v.recipe for v in before.variants})
    await whole(studio, file)


async def test_what_is_shown_before_the_picture_is_there(studio: Studio) -> None:
    file = await made(studio)
    assert file.placeholder is not None
    assert set(file.placeholder) == {"thumbhash", "color"}


async def test_a_picture_without_variants_gets_it_too_and_stays_ready(studio: Studio) -> None:
    await studio.set_variants({})
    promised = await studio.uploaded()
    assert promised.status is FileStatus.READY
    (job,) = await studio.work_off()
    file = await studio.file(promised.id)
    assert (job.status, file.status) == (JobStatus.COMPLETED, FileStatus.READY)
    assert file.placeholder is not None


async def test_progress_is_told_as_they_come(studio: Studio) -> None:
    told: list[int] = []
    await studio.uploaded()
    await studio.make_variants(await studio.claimed(), told.append)
    assert told == [50, 99]
