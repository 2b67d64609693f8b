"""Other names, other settings, more or less room."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from application.projects.change_project import ProjectChanges
from domain.access import UserCaller
from domain.audit import AuditAction
from domain.errors import Forbidden, Invalid
from domain.jobs import JOBS_TOPIC, JobKind
from domain.projects import UNLIMITED, Project, ProjectMissing, VisibilityFixed
from domain.settings import MIB, ProjectSettings, Visibility
from tests.unit.contracts.things import NOW
from tests.unit.use_cases.projects.estate import ANNA, BEN, DEFAULT, HERE, SUPERUSER, THUMB, Estate

pytestmark = pytest.mark.anyio

LATER = NOW + timedelta(hours=1)


@pytest.fixture
async def estate() -> Estate:
    estate = await Estate(fields={"storage_limit_bytes": 50 * MIB, "description": "old"}).open()
    estate.clock.advance(timedelta(hours=1))
    return estate


async def changed(estate: Estate, caller: UserCaller = ANNA, **changes: Any) -> Project:
    told = await estate.change(caller, estate.project.id, ProjectChanges(**changes), HERE)
    assert told == estate.now
    return told


async def test_what_is_left_out_stays(estate: Estate) -> None:
    before = estate.now
    assert await changed(estate, name="New") == replace(before, name="New", updated_at=LATER)
    assert await changed(estate, description=None) == replace(before, name="New", description=None, updated_at=LATER)
    assert estate.now.slug == estate.project.slug


async def test_the_audit_log_says_what_changed(estate: Estate) -> None:
    settings = {"variants": {}, "visibility": "private", "quota": 60}
    await changed(estate, name="New", description="old", settings=settings)
    (line,) = estate.rows.rows.audit
    assert (line.action, line.project_id, line.origin) == (AuditAction.PROJECT_CHANGED, estate.project.id, HERE)
    assert line.payload == {
        "changed": ["name", "storage_limit_bytes", "settings.variants", "settings.quota", "settings.visibility"]
    }


async def test_nothing_changed_leaves_no_trace(estate: Estate) -> None:
    told = estate.now.settings.to_mapping()
    await changed(estate)
    await changed(estate, name=estate.now.name, description="old", settings=told, storage_limit_bytes=50 * MIB)
    assert (estate.now.updated_at, estate.noted) == (estate.project.updated_at, [])


async def test_settings_that_are_not_named_stay(estate: Estate) -> None:
    await changed(estate, settings={"visibility": "private", "quota": 40, "on_duplicate": "reject"})
    before = estate.now.settings
    after = await changed(estate, settings={"auto_sync": False})
    assert after.settings == replace(before, auto_sync=False)
    assert (after.settings.quota, after.storage_limit_bytes) == (40, 40 * MIB)


@pytest.mark.parametrize("called", ["variants", "image_variants"])
async def test_variants_are_replaced_as_a_whole(estate: Estate, called: str) -> None:
    await changed(estate, settings={"variants": {"a": {"width": 1}, "b": {"width": 2}}, "visibility": "private"})
    after = await changed(estate, settings={called: {"b": {"width": 3}}})
    assert {name: spec.width for name, spec in after.settings.variants.items()} == {"b": 3}
    assert after.settings.visibility is Visibility.PRIVATE


async def test_null_gives_a_setting_its_default_back(estate: Estate) -> None:
    named = {"variants": {"a": {}}, "visibility": "private", "quota": 40, "allowed_types": ["image/png"]}
    await changed(estate, settings=named)
    after = await changed(estate, settings=dict.fromkeys(named))
    assert after.settings == ProjectSettings()
    assert after.storage_limit_bytes == estate.change.default_limit


async def test_what_the_client_of_media_blob_kit_saves_leaves_the_rest(estate: Estate) -> None:
    """Its form sends variants and keep_original, and knows no others."""
    await changed(estate, settings={"visibility": "private", "strip_metadata": "gps", "on_duplicate": "reuse"})
    before = estate.now.settings
    after = await changed(estate, settings={"variants": {"a": {"width": 9}}, "keep_original": False})
    assert after.settings == replace(before, variants=after.settings.variants, keep_original=False)


async def test_every_wrong_setting_is_named_and_nothing_is_changed(estate: Estate) -> None:
    with pytest.raises(Invalid) as refused:
        await changed(estate, name="New", settings={"colour": "red", "variants": {"a": {"width": 0}}})
    assert {error.field for error in refused.value.errors} == {"settings.colour", "settings.variants.a.width"}
    assert estate.now == estate.project


@pytest.mark.parametrize(
    ("changes", "limit", "quota"),
    [
        ({"settings": {"quota": 60}}, 60 * MIB, 60),
        ({"storage_limit_bytes": 60 * MIB}, 60 * MIB, 60),
        ({"storage_limit_bytes": 60 * MIB, "settings": {"quota": 60}}, 60 * MIB, 60),
        ({"storage_limit_bytes": 1_000_001}, 1_000_001, None),
        ({"storage_limit_bytes": 0}, 0, 0),
        ({"settings": {}}, 50 * MIB, None),
        ({"name": "New"}, 50 * MIB, None),
    ],
)
async def test_quota_and_limit_are_the_same_thing(
    estate: Estate, changes: dict[str, Any], limit: int, quota: int | None
) -> None:
    after = await changed(estate, **changes)
    assert (after.storage_limit_bytes, after.settings.quota) == (limit, quota)


async def test_quota_and_limit_must_not_contradict_each_other(estate: Estate) -> None:
    with pytest.raises(Invalid) as refused:
        await changed(estate, settings={"quota": 1}, storage_limit_bytes=1)
    assert [error.field for error in refused.value.errors] == ["settings.quota", "storage_limit_bytes"]


@pytest.mark.parametrize("more", [DEFAULT + 1, UNLIMITED])
async def test_more_than_the_default_is_the_superusers_to_grant(estate: Estate, more: int) -> None:
    with pytest.raises(Forbidden) as refused:
        await changed(estate, storage_limit_bytes=more)
    assert [error.field for error in refused.value.errors] == ["storage_limit_bytes"]
    assert (await changed(estate, SUPERUSER, storage_limit_bytes=more)).storage_limit_bytes == more


async def test_what_was_granted_can_be_kept_and_made_less(estate: Estate) -> None:
    await changed(estate, SUPERUSER, storage_limit_bytes=300 * MIB)
    await changed(estate, settings={**estate.now.settings.to_mapping(), "visibility": "private"})
    await changed(estate, storage_limit_bytes=200 * MIB)
    with pytest.raises(Forbidden):
        await changed(estate, storage_limit_bytes=201 * MIB)


async def test_other_variants_queue_a_sync_once_and_wake_the_workers(estate: Estate) -> None:
    async with estate.signals.listen(JOBS_TOPIC) as taps:
        await changed(estate, settings={"variants": {"thumb": {"width": 99}}})
        assert await anext(taps) == ""
    (job,) = estate.jobs
    assert (job.kind, job.project_id) == (JobKind.SYNC_PROJECT_VARIANTS, estate.project.id)
    await changed(estate, settings={"variants": {"thumb": {"width": 98}}})
    assert len(estate.jobs) == 1


@pytest.mark.parametrize(
    ("settings", "queued"),
    [
        ({"variants": {}}, True),
        ({"variants": {**THUMB, "b": {}}}, True),
        ({"variants": THUMB, "strip_metadata": "gps"}, True),
        ({"variants": THUMB}, False),
        ({"image_variants": THUMB, "visibility": "private", "quota": 1}, False),
        ({"variants": {}, "auto_sync": False}, False),
    ],
)
async def test_a_sync_is_queued_when_other_pictures_are_wanted(
    estate: Estate, settings: dict[str, Any], queued: bool
) -> None:
    await changed(estate, settings=settings)
    assert bool(estate.jobs) is queued


async def test_what_lies_in_a_public_bucket_keeps_its_visibility(estate: Estate) -> None:
    change = replace(estate.change, public_bucket=True)
    private = ProjectChanges(settings={"visibility": "private"})
    async with estate.store.begin() as unit:
        await unit.projects.count(estate.project.id, files=1)
        await unit.commit()
    with pytest.raises(VisibilityFixed):
        await change(ANNA, estate.project.id, private, HERE)
    assert (await estate.change(ANNA, estate.project.id, private, HERE)).settings.visibility is Visibility.PRIVATE


async def test_what_is_foreign_or_in_the_bin_or_being_erased_is_absent(estate: Estate) -> None:
    with pytest.raises(ProjectMissing):
        await changed(estate, BEN, name="mine")
    for away in (estate.project.deleted(NOW), estate.project.erasing(NOW)):
        await estate.alter(deleted_at=away.deleted_at, erasing_at=away.erasing_at)
        with pytest.raises(ProjectMissing):
            await changed(estate, SUPERUSER, name="mine")
    assert estate.noted == []
