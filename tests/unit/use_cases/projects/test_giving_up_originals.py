"""Originals go once nothing is to be made of them any more."""

from dataclasses import replace
from typing import Any

import pytest

from application.projects import delete_originals
from application.projects.delete_originals import DeletedOriginals
from domain.audit import AuditAction
from domain.errors import Unavailable
from domain.events import EventKind
from domain.media import FileStatus, VariantStatus
from domain.projects import OriginalsKept, ProjectMissing
from domain.settings import read_settings
from tests.unit.contracts.things import NOW
from tests.unit.use_cases.projects.estate import ANNA, BEN, HERE, THUMB, Estate

pytestmark = pytest.mark.anyio

TWO = {**THUMB, "wide": {"width": 200}}
READY, PENDING, FAILED = VariantStatus.READY, VariantStatus.PENDING, VariantStatus.FAILED


@pytest.fixture
async def estate() -> Estate:
    return await Estate({"variants": TWO, "keep_original": False}).open()


async def test_the_original_goes_and_the_variants_stay(estate: Estate) -> None:
    file = await estate.add_picture(READY, READY)
    assert await estate.delete_originals(ANNA, estate.project.id, HERE) == DeletedOriginals(1, 1000)
    assert estate.rows.rows.files[file.id] == replace(file, original_deleted_at=NOW, updated_at=NOW)
    assert await estate.keys() == {variant.key for variant in file.variants}
    assert (estate.now.storage_used_bytes, estate.now.files_count) == (20, 1)


async def test_it_is_written_down_once_for_the_project_and_once_for_each_file(estate: Estate) -> None:
    files = [await estate.add_picture(READY) for _ in range(2)]
    await estate.delete_originals(ANNA, estate.project.id, HERE)
    assert estate.noted == [AuditAction.ORIGINALS_DELETED]
    told = [(event.kind, event.file_id) for event in estate.rows.rows.log.values()]
    assert told == [(EventKind.ORIGINAL_DELETED, file.id) for file in files]


async def test_a_second_time_there_is_nothing_left_to_do(estate: Estate) -> None:
    await estate.add_picture(READY)
    await estate.delete_originals(ANNA, estate.project.id, HERE)
    assert await estate.delete_originals(ANNA, estate.project.id, HERE) == DeletedOriginals()
    assert estate.now.storage_used_bytes == 10


@pytest.mark.parametrize(
    ("statuses", "fields"),
    [
        ((), {}),
        ((READY, FAILED), {}),
        ((READY, PENDING), {}),
        ((READY, READY), {"status": FileStatus.PROCESSING}),
        ((READY, READY), {"status": FileStatus.FAILED}),
        ((READY, READY), {"status": FileStatus.PENDING}),
        ((READY, READY), {"recipe": "an older one"}),
        ((READY, READY), {"original_deleted_at": NOW}),
    ],
)
async def test_what_may_still_be_needed_stays(estate: Estate, statuses: Any, fields: dict[str, Any]) -> None:
    file = await estate.add_picture(*statuses, **fields)
    assert await estate.delete_originals(ANNA, estate.project.id, HERE) == DeletedOriginals()
    assert estate.rows.rows.files[file.id] == file
    assert file.key in await estate.keys()


async def test_a_file_that_is_no_picture_stays(estate: Estate) -> None:
    file = await estate.add_file()
    assert await estate.delete_originals(ANNA, estate.project.id, HERE) == DeletedOriginals()
    assert await estate.keys() == {file.key}


async def test_a_variant_nobody_asks_for_any_more_is_no_reason_to_stay(estate: Estate) -> None:
    file = await estate.add_picture(READY, READY)
    await estate.alter(settings=read_settings({"variants": THUMB, "keep_original": False}))
    assert (await estate.delete_originals(ANNA, estate.project.id, HERE)).count == 1
    assert file.key not in await estate.keys()


async def test_it_goes_through_many_in_batches(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delete_originals, "BATCH", 2)
    for _ in range(5):
        await estate.add_picture(READY)
    assert await estate.delete_originals(ANNA, estate.project.id, HERE) == DeletedOriginals(5, 5000)


async def test_originals_that_are_kept_are_kept(estate: Estate) -> None:
    file = await estate.add_picture(READY)
    await estate.alter(settings=read_settings({"variants": TWO}))
    with pytest.raises(OriginalsKept):
        await estate.delete_originals(ANNA, estate.project.id, HERE)
    assert file.key in await estate.keys()
    assert estate.noted == []


async def test_what_is_foreign_or_in_the_bin_is_absent(estate: Estate) -> None:
    with pytest.raises(ProjectMissing):
        await estate.delete_originals(BEN, estate.project.id, HERE)
    await estate.alter(deleted_at=NOW)
    with pytest.raises(ProjectMissing):
        await estate.delete_originals(ANNA, estate.project.id, HERE)


async def test_the_rows_go_first_and_a_store_that_is_down_leaves_its_blobs_to_the_sweep(estate: Estate) -> None:
    file = await estate.add_picture(READY)

    async def outage() -> None:
        raise Unavailable("the store does not answer")

    # An audit line and a batch, of three steps each, go before.
    estate.steps.at[6] = outage
    assert (await estate.delete_originals(ANNA, estate.project.id, HERE)).count == 1
    assert estate.steps.seen[6] == "about to remove"
    assert estate.rows.rows.files[file.id].original_deleted_at == NOW
    assert file.key in await estate.keys()
