"""Strangers never get an original that tells a place, and everybody who may gets the very bytes."""

import pytest

from application.files.open_content import Content, Moved, OriginalGone
from application.files.screen_files import project_screening_job
from application.jobs.queue_job import queue_job
from domain.media import FileMissing, FileStatus, MediaFile, VariantFailed, VariantNotReady, VariantUnknown
from domain.object_keys import is_apart, private_key, public_key
from domain.settings import read_settings
from tests.tables import over_rows
from tests.unit.domain.places.told import PLACE_WORDS, silent, telling
from tests.unit.use_cases.studio import JPEG, THUMB, Studio, sent

PHOTO = telling("image/jpeg")
LARGE = JPEG + bytes(300_000)
"""More than is looked through while it comes in."""
BROKEN = b"II*\0\x08\0\0\0\xff\xff" + bytes(40)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def studio() -> Studio:
    return await Studio(variants=THUMB).open()


async def by_address(studio: Studio, file: MediaFile) -> Content:
    found = await studio.open_content.by_key(public_key(file.key))
    assert not isinstance(found, Moved)
    return found


async def seen_by_strangers(studio: Studio, file: MediaFile) -> bytes:
    """By the address that was promised, and by id."""
    told, by_id = await by_address(studio, file), await studio.open_content(None, file.id)
    assert told.key == by_id.key
    assert told.public
    assert told.lasting
    assert by_id.etag == told.etag
    return await studio.body(told.key)


async def seen_by_the_owner(studio: Studio, file: MediaFile) -> bytes:
    return await studio.body((await studio.open_content(studio.key, file.id)).key)


def is_clean(body: bytes) -> bool:
    return not any(word in body for word in PLACE_WORDS)


async def test_a_photograph_lies_apart_and_a_copy_is_shown(studio: Studio) -> None:
    file = await studio.uploaded(PHOTO)
    assert is_apart(file.key)
    assert await studio.keys() == {file.key}
    for look in (by_address(studio, file), studio.open_content(None, file.id)):
        with pytest.raises(VariantNotReady) as refused:
            await look
        assert refused.value.retry_after
    assert await seen_by_the_owner(studio, file) == PHOTO
    await studio.work_off()
    file = await studio.file(file.id)
    assert file.status is FileStatus.READY
    assert is_clean(await seen_by_strangers(studio, file))
    assert len(await seen_by_strangers(studio, file)) == len(PHOTO)
    assert await seen_by_the_owner(studio, file) == PHOTO
    assert not (await studio.open_content(studio.key, file.id)).public
    assert studio.addresses.original(file, studio.project.settings.visibility).endswith(
        f"/blobs/{public_key(file.key)}"
    )
    with pytest.raises(FileMissing):
        await studio.open_content.by_key(file.key)
    with pytest.raises(VariantUnknown):
        await studio.open_content(studio.key, file.id, "original")
    assert studio.addresses.variants(file, studio.project.settings.visibility).keys() == {"thumb"}
    assert studio.counted.storage_used_bytes == file.stored_bytes > 2 * len(PHOTO)


async def test_what_tells_no_place_is_there_at_once(studio: Studio) -> None:
    file = await studio.uploaded(silent("image/jpeg"))
    assert not is_apart(file.key)
    assert file.screened
    assert await seen_by_strangers(studio, file) == silent("image/jpeg")


async def test_what_is_long_waits_for_a_worker_and_is_not_copied(studio: Studio) -> None:
    file = await studio.uploaded(LARGE)
    with pytest.raises(VariantNotReady):
        await by_address(studio, file)
    await studio.work_off()
    file = await studio.file(file.id)
    assert file.public_copy is None
    assert await seen_by_strangers(studio, file) == LARGE
    assert (await studio.open_content(studio.key, file.id)).public


async def test_in_a_public_bucket_it_is_copied_to_where_it_was_promised() -> None:
    studio = await Studio(variants=THUMB, public_bucket=True).open()
    file = await studio.uploaded(LARGE)
    assert is_apart(file.key)
    await studio.work_off()
    file = await studio.file(file.id)
    assert await studio.body(public_key(file.key)) == await seen_by_strangers(studio, file) == LARGE


async def test_any_door_that_takes_pictures_and_films(studio: Studio) -> None:
    for mime_type in ("image/jpeg", "image/png", "video/mp4"):
        body = telling(mime_type)
        file = await studio.upload_file(studio.key, sent(body, declared_type=mime_type))
        with pytest.raises(VariantNotReady):
            await by_address(studio, file)
        await studio.screen_original(file.id)
        await studio.screen_original(file.id)
        assert is_clean(await seen_by_strangers(studio, file))
        assert await seen_by_the_owner(studio, file) == body
    assert studio.counted.storage_used_bytes == sum(
        [each.stored_bytes for each in await studio.batches.of_project(studio.project.id, after=None, limit=9)]
    )


async def test_a_plain_file_is_ready_once_it_was_looked_through(studio: Studio) -> None:
    file = await studio.upload_file(studio.key, sent(PHOTO))
    assert file.status is FileStatus.PROCESSING
    await studio.work_off()
    assert (await studio.file(file.id)).status is FileStatus.READY


@over_rows("settings", [{"visibility": "private"}, {"strip_metadata": "none"}])
async def test_where_nothing_is_to_be_hidden_or_nobody_looks_the_bytes_stay(settings: dict[str, str]) -> None:
    studio = await Studio(variants=THUMB, settings=settings).open()
    file = await studio.uploaded(PHOTO)
    assert not is_apart(file.key)
    await studio.work_off()
    assert await seen_by_the_owner(studio, await studio.file(file.id)) == PHOTO
    if settings.get("strip_metadata"):
        assert await seen_by_strangers(studio, file) == PHOTO


@pytest.mark.parametrize("body", [PHOTO, JPEG])
async def test_what_was_there_before_is_looked_through(body: bytes) -> None:
    studio = await Studio(variants=THUMB, settings={"visibility": "private"}).open()
    file = await studio.uploaded(body)
    await studio.work_off()
    await studio.change(settings=read_settings({"variants": THUMB}))
    with pytest.raises(VariantNotReady):
        await by_address(studio, file)
    job = project_screening_job(studio.ids.new(), studio.project, studio.clock.now())
    async with studio.store.begin() as unit:
        await queue_job(unit, job, file.created_at)
        await unit.commit()
    await studio.work_off()
    file = await studio.file(file.id)
    assert is_clean(await seen_by_strangers(studio, file))
    assert await seen_by_the_owner(studio, file) == body
    assert is_apart(file.key) is (body == PHOTO)


async def test_what_cannot_be_told_stays_apart(studio: Studio) -> None:
    file = await studio.upload_file(studio.key, sent(BROKEN, declared_type="image/tiff"))
    await studio.work_off()
    file = await studio.file(file.id)
    with pytest.raises(VariantFailed):
        await by_address(studio, file)
    assert await studio.keys() == {file.key}
    assert await seen_by_the_owner(studio, file) == BROKEN


async def test_what_cannot_be_told_is_put_apart_when_it_was_there_before() -> None:
    studio = await Studio(settings={"visibility": "private"}).open()
    file = await studio.upload_file(studio.key, sent(BROKEN, declared_type="image/tiff"))
    assert not is_apart(file.key)
    await studio.change(settings=read_settings({}))
    await studio.screen_original(file.id)
    assert await studio.keys() == {private_key(file.key)}
    with pytest.raises(VariantFailed):
        await by_address(studio, file)
    assert await seen_by_the_owner(studio, file) == BROKEN


async def test_originals_that_are_not_kept_go_with_their_copy() -> None:
    studio = await Studio(variants=THUMB, settings={"keep_original": False}).open()
    file = await studio.uploaded(PHOTO)
    await studio.work_off()
    file = await studio.file(file.id)
    assert file.original_deleted_at is not None
    assert await studio.keys() == {variant.key for variant in file.variants}
    assert studio.counted.storage_used_bytes == file.stored_bytes
    with pytest.raises(OriginalGone):
        await studio.open_content.by_key(public_key(file.key))


async def test_a_file_that_goes_meanwhile_leaves_nothing(studio: Studio) -> None:
    file = await studio.uploaded(PHOTO)
    await studio.remove(file)
    await studio.work_off()
    assert await studio.keys() == set()


@pytest.mark.slow
async def test_wherever_it_is_broken_off_no_place_is_shown() -> None:
    for step in range(60):
        studio = await Studio(variants={}, settings={"visibility": "private"}).open()
        file = await studio.uploaded(PHOTO)
        await studio.change(settings=read_settings({}))
        studio.steps.seen.clear()

        async def die() -> None:
            raise RuntimeError("died")

        studio.steps.at[step] = die
        try:
            await studio.screen_original(file.id)
        except RuntimeError:
            pass
        else:
            assert step > 5
            return
        current = await studio.file(file.id)
        try:
            shown = await seen_by_strangers(studio, current)
        except (VariantNotReady, VariantFailed):
            shown = b""
        assert is_clean(shown), step
        assert await seen_by_the_owner(studio, current) == PHOTO
        await studio.screen_original(file.id)
        file = await studio.file(file.id)
        assert is_clean(await seen_by_strangers(studio, file))
        assert await studio.keys() == {private_key(public_key(file.key)), public_key(file.key)}
