"""From a promise to pictures."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from adapters.filesystem.blobs import SCRATCH, FilesystemBlobs
from adapters.memory.transformer import MemoryTransformer
from adapters.memory.usage import MemoryUsageReads
from application.ports.image_transformer import DecoderLost, Glimpse, NotRendered, Order, Rendered
from domain.errors import Unavailable
from domain.events import EventKind
from domain.jobs import Job, JobStatus, LeaseLost
from domain.media import FileStatus, MediaFile, VariantStatus
from domain.usage import UsageKind
from tests.unit.contracts.things import NOW
from tests.unit.use_cases.studio import JPEG, THUMB, TWO, UPLOADED, Studio, sent

pytestmark = pytest.mark.anyio

TOO_WIDE = {"format": "webp", "width": 16_384, "enlarge": True}
"""What no encoder writes."""


class Interrupted(MemoryTransformer):
    """Something happens before, between or after the variants."""

    def __init__(self, happening: Callable[[], Awaitable[None]], after: int) -> None:
        super().__init__()
        self._happening, self._after = happening, after

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
        made = 0
        if self._after == 0:
            self._after = -1
            await self._happening()
        async for result in super().render(source, mime_type, orders, into, keep_camera=keep_camera, owner=owner):
            yield result
            made += not isinstance(result, Glimpse)
            if made == self._after:
                self._after = -1
                await asyncio.sleep(0)  # what was rendered is on its way to the store
                await asyncio.sleep(0)
                await self._happening()


@pytest.fixture
async def studio() -> Studio:
    return await Studio().open()


@pytest.fixture(params=["remote", "local"])
async def any_studio(request: pytest.FixtureRequest, tmp_path: Path) -> Studio:
    """With a store that is far away, and with one that is a disk of this machine."""
    return await Studio(disk=FilesystemBlobs(tmp_path / "blobs") if request.param == "local" else None).open()


async def worked(studio: Studio) -> Job:
    """Do the only job there is."""
    job = await studio.claimed()
    await studio.make_variants(job)
    return studio.job(job.id)


def states(file: MediaFile) -> dict[str, VariantStatus]:
    return {variant.name: variant.status for variant in file.variants}


async def test_every_variant_is_made_under_the_key_that_was_promised(any_studio: Studio) -> None:
    studio = any_studio
    promised = await studio.uploaded()
    job = await worked(studio)

    file = await studio.file(promised.id)
    assert file.status is FileStatus.READY
    assert {variant.key for variant in file.variants} == {variant.key for variant in promised.variants}
    assert {v.name: (v.status, v.width, v.height) for v in file.variants} == {
        "thumb": (VariantStatus.READY, 100, 75),
        "wide": (VariantStatus.READY, 200, 150),
    }
    for variant in file.variants:
        assert len(await studio.body(variant.key)) == variant.size
    assert await studio.body(file.key) == JPEG
    assert (job.status, job.progress, job.lease) == (JobStatus.COMPLETED, 100, None)


async def test_what_was_made_is_counted_and_told(studio: Studio) -> None:
    promised = await studio.uploaded()
    studio.clock.advance(timedelta(seconds=3))
    job = await worked(studio)

    file, project = await studio.file(promised.id), studio.counted
    sizes = sum(variant.size or 0 for variant in file.variants)
    assert (project.transforms_used, project.transforms_total, project.files_count) == (2, 2, 1)
    assert project.storage_used_bytes == len(JPEG) + sizes
    assert file.updated_at == NOW + timedelta(seconds=3)
    assert studio.told == [
        *UPLOADED, "job_update", "variant_ready", "variant_ready", "file_ready", "job_update"
    ]  # fmt: skip
    events = studio.rows.rows.events[len(UPLOADED) + 1 :]
    assert {event.job_id for event in events} == {job.id}
    assert {event.data.get("variant") for event in events[:2]} == {"thumb", "wide"}
    assert events[-1].data == {"status": "completed", "attempts": 1, "progress": 100}
    assert studio.rows.rows.events[len(UPLOADED)].data == {"status": "processing", "attempts": 1}
    day = studio.clock.now().date()
    lines = await MemoryUsageReads(studio.rows).between(studio.project.id, day, day)
    made = [(line.name, line.count, line.bytes) for line in lines if line.kind is UsageKind.MADE]
    assert made == [(variant.name, 1, variant.size) for variant in file.variants]


async def test_variants_promised_are_made_even_when_the_project_is_full_by_then(studio: Studio) -> None:
    promised = await studio.uploaded()
    await studio.change(storage_limit_bytes=len(JPEG), transforms_limit=0)
    await worked(studio)
    assert (await studio.file(promised.id)).status is FileStatus.READY
    assert studio.counted.storage_used_bytes > len(JPEG)


async def test_a_project_beyond_its_quota_gets_nothing_more_until_it_has_room_again(studio: Studio) -> None:
    first, second = await studio.uploaded(), await studio.uploaded()
    await studio.change(storage_limit_bytes=2 * len(JPEG))
    await studio.work_off()
    assert states(await studio.file(first.id)) == {"thumb": VariantStatus.READY, "wide": VariantStatus.READY}
    assert states(await studio.file(second.id)) == {"thumb": VariantStatus.FAILED, "wide": VariantStatus.FAILED}
    assert "quota" in ((await studio.file(second.id)).reason or "")
    assert await studio.keys() == {first.key, second.key, *(variant.key for variant in first.variants)}

    await studio.change(storage_limit_bytes=-1)
    await studio.ask_for_a_sync()
    await studio.work_off()
    assert states(await studio.file(second.id)) == {"thumb": VariantStatus.READY, "wide": VariantStatus.READY}


async def test_one_that_cannot_be_made_fails_alone_and_says_why() -> None:
    studio = await Studio(variants={**THUMB, "huge": TOO_WIDE}).open()
    promised = await studio.uploaded()
    job = await worked(studio)

    file = await studio.file(promised.id)
    assert (file.status, file.reason, job.status) == (FileStatus.READY, None, JobStatus.COMPLETED)
    assert states(file) == {"thumb": VariantStatus.READY, "huge": VariantStatus.FAILED}
    assert "at most 16383 pixels" in (file.variant("huge").reason or "")
    assert file.variant("huge").key not in await studio.keys()
    assert (studio.counted.transforms_total, studio.told.count("variant_failed")) == (1, 1)
    (failed,) = [event for event in studio.rows.rows.events if event.kind is EventKind.VARIANT_FAILED]
    assert failed.data == {"variant": "huge", "reason": file.variant("huge").reason}


async def test_when_none_can_be_made_the_file_fails_and_says_why() -> None:
    studio = await Studio(variants={"huge": TOO_WIDE, "huger": TOO_WIDE}).open()
    promised = await studio.uploaded()
    job = await worked(studio)

    file = await studio.file(promised.id)
    assert file.status is FileStatus.FAILED
    assert "at most 16383 pixels" in (file.reason or "")
    assert job.status is JobStatus.COMPLETED
    assert studio.told[-2:] == ["file_failed", "job_update"]
    assert await studio.keys() == {file.key}
    assert (studio.counted.transforms_total, studio.counted.storage_used_bytes) == (0, len(JPEG))


async def test_a_file_deleted_before_the_work_is_no_error(any_studio: Studio) -> None:
    studio = any_studio
    await studio.remove(await studio.uploaded())
    job = await worked(studio)
    assert job.status is JobStatus.COMPLETED
    assert await studio.keys() == set()
    assert studio.told[len(UPLOADED) :] == ["job_update"]
    assert studio.counted.transforms_total == 0


@pytest.mark.parametrize("after", [0, 1, 2])
async def test_a_file_deleted_during_the_work_leaves_nothing_behind(any_studio: Studio, after: int) -> None:
    studio = any_studio
    file = await studio.uploaded()
    studio.transformer = Interrupted(lambda: studio.remove(file), after)
    job = await worked(studio)
    assert job.status is JobStatus.COMPLETED
    assert await studio.keys() == set()
    assert (studio.counted.transforms_total, "variant_ready" in studio.told) == (0, False)


async def test_a_file_deleted_under_the_decoder_is_no_error_either(any_studio: Studio) -> None:
    studio = any_studio
    file = await studio.uploaded()

    async def gone_and_noticed() -> None:
        await studio.remove(file)
        raise DecoderLost("the source vanished")

    studio.transformer = Interrupted(gone_and_noticed, 1)
    job = await worked(studio)
    assert job.status is JobStatus.COMPLETED
    assert await studio.keys() == set()


async def test_settings_changed_meanwhile_make_the_new_picture_to_which_the_promised_key_leads(studio: Studio) -> None:
    promised = await studio.uploaded()
    await studio.set_variants({**TWO, "thumb": {"format": "webp", "width": 50}})
    await worked(studio)

    file = await studio.file(promised.id)
    old, new = promised.variant("thumb"), file.variant("thumb")
    assert (new.status, new.width) == (VariantStatus.READY, 50)
    assert new.recipe != old.recipe
    assert new.key == old.key.replace(".webp", f"-{new.recipe[:8]}.webp")
    holder = await studio.files.holding(old.key)
    assert holder is not None
    assert (holder.variant, holder.current, holder.view.file.variant("thumb").key) == ("thumb", False, new.key)
    assert file.variant("wide").key == promised.variant("wide").key
    assert await studio.keys() == {file.key, *(variant.key for variant in file.variants)}


async def test_an_engine_updated_meanwhile_counts_as_a_change(studio: Studio) -> None:
    promised = await studio.uploaded()
    studio.engine = "pencil 2"
    await worked(studio)
    file = await studio.file(promised.id)
    assert {v.recipe for v in file.variants}.isdisjoint({v.recipe for v in promised.variants})
    assert {v.key for v in file.variants}.isdisjoint({v.key for v in promised.variants})
    assert set(states(file).values()) == {VariantStatus.READY}


async def test_a_change_between_two_attempts_never_puts_two_pictures_under_one_key(studio: Studio) -> None:
    promised = await studio.uploaded()

    async def killed() -> None:
        raise ZeroDivisionError

    studio.transformer = Interrupted(killed, 2)
    with pytest.raises(ZeroDivisionError):
        await worked(studio)
    before = await studio.keys()
    assert len(before) == 3

    await studio.set_variants({"thumb": {"format": "webp", "width": 50}, "wide": {"format": "png", "width": 70}})
    studio.transformer = MemoryTransformer()
    studio.clock.advance(timedelta(minutes=1))
    await worked(studio)

    file = await studio.file(promised.id)
    assert {variant.key for variant in file.variants}.isdisjoint(before)
    assert {variant.width for variant in file.variants} == {50, 70}
    assert await studio.keys() == {file.key, *(variant.key for variant in file.variants)}, "somebody's blob was left"


async def test_a_variant_taken_out_of_the_settings_meanwhile_is_not_made(studio: Studio) -> None:
    promised = await studio.uploaded()
    await studio.set_variants(THUMB)
    await worked(studio)
    file = await studio.file(promised.id)
    assert file.status is FileStatus.READY
    assert states(file) == {"thumb": VariantStatus.READY}
    assert "variant_dropped" in studio.told


async def test_a_variant_put_into_the_settings_meanwhile_is_not_what_was_promised(studio: Studio) -> None:
    promised = await studio.uploaded(variants=("thumb",))
    await worked(studio)
    assert states(await studio.file(promised.id)) == {"thumb": VariantStatus.READY}


async def test_settings_changed_while_it_is_made_send_the_job_round_once_more(any_studio: Studio) -> None:
    studio = any_studio
    promised = await studio.uploaded()

    async def change() -> None:
        await studio.set_variants({**TWO, "thumb": {"format": "webp", "width": 50}})

    studio.transformer = Interrupted(change, 1)
    job = await worked(studio)
    file = await studio.file(promised.id)
    assert (job.status, job.attempts, job.run_at) == (JobStatus.PENDING, 0, NOW), "an attempt was spent"
    assert (file.status, states(file)) == (
        FileStatus.PROCESSING,
        {"thumb": VariantStatus.PENDING, "wide": VariantStatus.READY},
    )
    assert studio.counted.transforms_total == 1

    studio.transformer = MemoryTransformer()
    job, file = await worked(studio), await studio.file(promised.id)
    assert (job.status, file.status, file.variant("thumb").width) == (JobStatus.COMPLETED, FileStatus.READY, 50)
    assert await studio.keys() == {file.key, *(variant.key for variant in file.variants)}
    assert studio.counted.storage_used_bytes == file.stored_bytes


async def test_a_variant_dropped_while_it_is_made_stays_dropped(any_studio: Studio) -> None:
    studio = any_studio
    promised = await studio.uploaded()

    async def drop() -> None:
        async with studio.store.begin() as unit:
            await unit.files.save_variants(promised.id, [], drop=["thumb"])
            await unit.commit()

    studio.transformer = Interrupted(drop, 2)
    await worked(studio)
    file = await studio.file(promised.id)
    assert states(file) == {"wide": VariantStatus.READY}
    assert await studio.keys() == {file.key, file.variant("wide").key}
    assert studio.counted.storage_used_bytes == file.stored_bytes


@pytest.mark.parametrize("after", [0, 1, 2])
async def test_a_retry_after_a_crash_in_the_middle_is_harmless(any_studio: Studio, after: int) -> None:
    studio = any_studio
    promised = await studio.uploaded()

    async def crash() -> None:
        raise KeyboardInterrupt

    studio.transformer = Interrupted(crash, after)
    with pytest.raises(KeyboardInterrupt):
        await worked(studio)
    halfway = await studio.file(promised.id)
    assert halfway == promised, "nothing shows before all of it is settled"
    assert studio.counted.transforms_total == 0

    studio.transformer = MemoryTransformer()
    studio.clock.advance(timedelta(minutes=1))
    job = await worked(studio)

    file = await studio.file(promised.id)
    assert (file.status, job.status, job.attempts, job.crashes) == (FileStatus.READY, JobStatus.COMPLETED, 2, 1)
    assert await studio.keys() == {file.key, *(variant.key for variant in file.variants)}
    assert studio.counted.transforms_total == 2
    assert studio.told.count("variant_ready") == 2


async def test_a_worker_that_slept_past_its_lease_changes_nothing(studio: Studio) -> None:
    promised = await studio.uploaded()
    slow = await studio.claimed()
    studio.clock.advance(timedelta(minutes=1))
    await worked(studio)
    settled, counted, told = await studio.file(promised.id), studio.counted, list(studio.told)

    with pytest.raises(LeaseLost):
        await studio.make_variants(slow)
    assert (await studio.file(promised.id), studio.counted, studio.told) == (settled, counted, told)


async def test_a_lease_lost_in_the_middle_leaves_the_file_as_it_was(studio: Studio) -> None:
    promised = await studio.uploaded()

    async def taken_over() -> None:
        studio.clock.advance(timedelta(minutes=1))
        await studio.claimed()

    studio.transformer = Interrupted(taken_over, 1)
    with pytest.raises(LeaseLost):
        await worked(studio)
    assert await studio.file(promised.id) == promised
    assert studio.counted.transforms_total == 0
    assert studio.told == [*UPLOADED, "job_update"]


async def test_one_decode_makes_all_of_them(studio: Studio) -> None:
    decodes = 0

    async def count() -> None:
        nonlocal decodes
        decodes += 1

    studio.transformer = Interrupted(count, 0)
    await studio.uploaded()
    await worked(studio)
    assert decodes == 1


async def test_what_is_ready_already_is_left_alone(studio: Studio) -> None:
    promised = await studio.uploaded()
    thumb = promised.variant("thumb").made(width=1, height=1, size=1)
    async with studio.store.begin() as unit:
        await unit.files.save_variants(promised.id, [thumb])
        await unit.commit()
    await worked(studio)
    file = await studio.file(promised.id)
    assert file.variant("thumb") == thumb
    assert file.status is FileStatus.READY
    assert thumb.key not in await studio.keys()
    assert studio.counted.transforms_total == 1


async def test_one_that_failed_before_gets_another_chance(studio: Studio) -> None:
    promised = await studio.uploaded()
    async with studio.store.begin() as unit:
        await unit.files.save_variants(promised.id, [v.refused("the decoder died") for v in promised.variants])
        await unit.commit()
    await worked(studio)
    file = await studio.file(promised.id)
    assert {(v.status, v.reason) for v in file.variants} == {(VariantStatus.READY, None)}


async def test_without_its_original_nothing_can_be_made_and_the_file_says_so(studio: Studio) -> None:
    promised = await studio.uploaded()
    async with studio.store.begin() as unit:
        await unit.files.save(replace(promised, original_deleted_at=NOW))
        await unit.commit()
    job, file = await worked(studio), await studio.file(promised.id)
    assert job.status is JobStatus.COMPLETED
    assert (file.status, file.reason) == (FileStatus.FAILED, "source_missing")
    assert {(v.status, v.reason) for v in file.variants} == {(VariantStatus.FAILED, "source_missing")}


async def test_an_original_that_goes_under_the_decoder_is_missing_too(studio: Studio) -> None:
    promised = await studio.uploaded()

    async def go() -> None:
        async with studio.store.begin() as unit:
            await unit.files.save(replace(promised, original_deleted_at=NOW))
            await unit.commit()
        raise DecoderLost("the source vanished")

    studio.transformer = Interrupted(go, 1)
    await worked(studio)
    file = await studio.file(promised.id)
    assert sorted(states(file).values()) == [VariantStatus.FAILED, VariantStatus.READY]
    assert {variant.reason for variant in file.variants} == {None, "source_missing"}


async def test_a_store_that_is_away_is_no_fault_of_the_picture(studio: Studio) -> None:
    promised = await studio.uploaded()

    async def outage() -> None:
        raise Unavailable("the store does not answer")

    studio.steps.everywhere, studio.steps.seen = None, []
    studio.steps.at[3] = outage  # the first put, after the work began
    with pytest.raises(Unavailable):
        await worked(studio)
    assert studio.steps.seen[3] == "about to put"
    assert await studio.file(promised.id) == promised


@pytest.mark.parametrize("ends", ["well", "badly"])
async def test_the_workbench_is_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: str) -> None:
    far, near = tmp_path / "far", tmp_path / "near"
    far.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(far))

    async def look() -> None:
        assert len([*far.iterdir(), *(near / SCRATCH).glob("*")]) == 1
        if ends == "badly":
            raise DecoderLost("killed")

    for disk in (None, FilesystemBlobs(near)):
        studio = await Studio(disk=disk).open()
        await studio.upload_image(studio.key, sent())
        studio.transformer = Interrupted(look, 1)
        if ends == "badly":
            with pytest.raises(DecoderLost):
                await worked(studio)
        else:
            await worked(studio)
        assert [*far.iterdir(), *(near / SCRATCH).glob("*")] == []


async def test_a_store_on_this_disk_is_worked_on_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studio = await Studio(disk=FilesystemBlobs(tmp_path)).open()
    file = await studio.uploaded()
    seen: list[Path] = []
    inodes: dict[str, int] = {}

    class Watching(MemoryTransformer):
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
            seen.extend([source, into.parent])
            async for result in super().render(source, mime_type, orders, into, keep_camera=keep_camera, owner=owner):
                if isinstance(result, Rendered):
                    inodes[result.name] = result.path.stat().st_ino
                yield result

    studio.transformer = Watching()
    await worked(studio)
    assert seen == [tmp_path / file.key, tmp_path / SCRATCH]
    assert {name: (tmp_path / file.variant(name).key).stat().st_ino for name in TWO} == inodes


async def test_nobody_outside_sees_a_variant_before_its_bytes_are_there(studio: Studio) -> None:
    promised = await studio.uploaded()
    job = await studio.claimed()

    async def look() -> None:
        file = await studio.file(promised.id)
        ready = {variant.key for variant in file.variants if variant.status is VariantStatus.READY}
        assert ready <= await studio.keys()

    studio.steps.everywhere = look
    await studio.make_variants(job)


async def test_who_decodes_is_told_whose_picture_it_is(studio: Studio) -> None:
    asked: list[UUID | None] = []

    class Asking(MemoryTransformer):
        async def render(self, *args: Any, **more: Any) -> AsyncGenerator[Glimpse | Rendered | NotRendered, None]:
            asked.append(more["owner"])
            async for result in super().render(*args, **more):
                yield result

    studio.transformer = Asking()
    await studio.upload_image(studio.key, sent())
    await studio.make_variants(await studio.claimed())
    assert asked == [studio.project.owner_id]
