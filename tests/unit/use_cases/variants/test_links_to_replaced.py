"""Whoever was sent on to a picture in the store just before it got a successor still finds it there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.minio.links import MinioLinks
from adapters.minio.location import S3Location
from application.files.delete_file import DeleteFile
from application.ports.direct_links import LINK_LIFE
from domain.audit import Origin
from domain.media import MediaFile
from tests.unit.contracts.drawn import encoded, quarters
from tests.unit.use_cases.studio import THUMB, TWO, Studio

pytestmark = pytest.mark.anyio

SMALLER = {"thumb": {"format": "webp", "width": 50}}
BUCKET = S3Location("http://127.0.0.1:1", "us-east-1", "key", "secret", "bucket")
LONG = timedelta(days=30)


@pytest.fixture
async def studio() -> Studio:
    """One whose store can be asked directly."""
    studio = await Studio(variants=THUMB).open()
    studio.workbench = replace(studio.workbench, links=MinioLinks(BUCKET, studio.clock))
    return studio


async def replaced(studio: Studio) -> tuple[str, MediaFile]:
    """The key of a picture that has been there for long and has a successor now."""
    before = await studio.uploaded()
    await studio.work_off()
    studio.clock.advance(LONG)
    await studio.set_variants(SMALLER)
    await studio.ask_for_a_sync()
    await studio.work_off()
    file = await studio.file(before.id)
    assert file.variant("thumb").key != before.variant("thumb").key
    return before.variant("thumb").key, file


async def test_it_stays_for_as_long_as_a_link_lives_and_counts_for_nothing(studio: Studio) -> None:
    old, file = await replaced(studio)
    assert await studio.keys() == {*file.keys, old}
    assert studio.counted.storage_used_bytes == file.stored_bytes
    studio.clock.advance(LINK_LIFE)
    for dry_run in (True, False):
        assert (await studio.sweep()(dry_run=dry_run)).orphans == 0
    assert old in await studio.keys()
    studio.clock.advance(timedelta(minutes=6))
    assert (await studio.sweep()()).orphans == 1
    assert await studio.keys() == set(file.keys)


async def test_it_goes_at_once_with_its_file(studio: Studio) -> None:
    old, file = await replaced(studio)
    assert old in await studio.keys()
    await DeleteFile(studio.delete_files)(studio.key, file.id, Origin())
    assert await studio.keys() == set()
    assert studio.counted.storage_used_bytes == 0


async def test_what_nobody_could_see_goes_at_once(studio: Studio) -> None:
    file = await studio.uploaded(encoded(quarters((640, 480)), "image/jpeg"))
    promised = file.variant("thumb").key
    await studio.set_variants(SMALLER)
    await studio.work_off()
    after = await studio.file(file.id)
    assert after.variant("thumb").key != promised
    assert await studio.keys() == set(after.keys)


async def test_so_does_what_is_dropped(studio: Studio) -> None:
    file = await studio.uploaded()
    await studio.work_off()
    await studio.set_variants({"wide": TWO["wide"]})
    await studio.ask_for_a_sync()
    await studio.work_off()
    after = await studio.file(file.id)
    assert set(after.variants) != set(file.variants)
    assert await studio.keys() == set(after.keys)
