"""Into the bin, and out of it again."""

from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.memory.api_keys import MemoryApiKeyReads
from domain.access import EVERYTHING
from domain.audit import AuditAction
from domain.jobs import JOBS_TOPIC, JobKind
from domain.pages import PageRequest
from domain.projects import RESTORABLE_FOR, ProjectMissing, ProjectNotDeleted
from tests.unit.contracts.things import NOW, api_key, put
from tests.unit.use_cases.projects.estate import ANNA, BEN, HERE, SUPERUSER, THUMB, Estate

pytestmark = pytest.mark.anyio


@pytest.fixture
async def estate() -> Estate:
    return await Estate().open()


async def binned(estate: Estate) -> list[object]:
    return list((await estate.projects.page(EVERYTHING, PageRequest(), binned=True)).items)


async def test_into_the_bin_and_out_again(estate: Estate) -> None:
    await estate.delete(ANNA, estate.project.id, HERE)
    assert (estate.now.deleted_at, await binned(estate)) == (NOW, [estate.now])
    estate.clock.advance(timedelta(days=1))
    restored = await estate.restore(ANNA, estate.project.id, HERE)
    assert (restored, await binned(estate)) == (estate.now, [])
    assert (restored.deleted_at, restored.updated_at) == (None, NOW + timedelta(days=1))
    assert estate.noted == [AuditAction.PROJECT_DELETED, AuditAction.PROJECT_RESTORED]


async def test_its_keys_are_dead_at_once_and_come_back_with_it(estate: Estate) -> None:
    key, keys = api_key(estate.project.id), MemoryApiKeyReads(estate.rows)
    await put(estate.store, key)
    await estate.delete(ANNA, estate.project.id, HERE)
    assert await keys.hashed(key.hash) is None
    await estate.restore(ANNA, estate.project.id, HERE)
    assert await keys.hashed(key.hash) == key


async def test_twice_is_once_too_often(estate: Estate) -> None:
    await estate.delete(ANNA, estate.project.id, HERE)
    with pytest.raises(ProjectMissing):
        await estate.delete(ANNA, estate.project.id, HERE)
    await estate.restore(ANNA, estate.project.id, HERE)
    with pytest.raises(ProjectNotDeleted) as refused:
        await estate.restore(ANNA, estate.project.id, HERE)
    assert refused.value.code == "project_not_deleted"


async def test_it_can_be_restored_for_thirty_days(estate: Estate) -> None:
    await estate.delete(ANNA, estate.project.id, HERE)
    estate.clock.advance(RESTORABLE_FOR)
    with pytest.raises(ProjectMissing):
        await estate.restore(SUPERUSER, estate.project.id, HERE)
    estate.clock.advance(-timedelta(microseconds=1))
    await estate.restore(ANNA, estate.project.id, HERE)


async def test_what_is_being_erased_stays_away(estate: Estate) -> None:
    await estate.alter(erasing_at=NOW, deleted_at=NOW)
    for use_case in (estate.restore, estate.delete):
        with pytest.raises(ProjectMissing):
            await use_case(SUPERUSER, estate.project.id, HERE)  # type: ignore[operator]


async def test_others_cannot_even_see_that_it_is_there(estate: Estate) -> None:
    for deleted_at in (None, NOW):
        await estate.alter(deleted_at=deleted_at)
        for project_id in (estate.project.id, uuid4()):
            for use_case in (estate.restore, estate.delete):
                with pytest.raises(ProjectMissing, match=r"^there is no such project$"):
                    await use_case(BEN, project_id, HERE)  # type: ignore[operator]
    assert estate.noted == []


async def test_the_superuser_restores_what_belongs_to_somebody_who_is_gone(estate: Estate) -> None:
    async with estate.store.begin() as unit:
        assert await unit.projects.delete_owned(ANNA.user_id, NOW) == 1
        await unit.commit()
    restored = await estate.restore(SUPERUSER, estate.project.id, HERE)
    assert (restored.owner_id, restored.open) == (ANNA.user_id, True)


@pytest.mark.parametrize("auto_sync", [True, False])
async def test_a_project_that_syncs_by_itself_catches_up(auto_sync: bool) -> None:
    estate = await Estate({"variants": THUMB, "auto_sync": auto_sync}, {"deleted_at": NOW}).open()
    async with estate.signals.listen(JOBS_TOPIC) as taps:
        await estate.restore(ANNA, estate.project.id, HERE)
        if auto_sync:
            assert await anext(taps) == ""
    assert [job.kind for job in estate.jobs] == [JobKind.SYNC_PROJECT_VARIANTS] * auto_sync


async def test_whoever_asks_gets_a_sync_once(estate: Estate) -> None:
    async with estate.signals.listen(JOBS_TOPIC) as taps:
        assert await estate.request_sync(ANNA, estate.project.id)
        assert await anext(taps) == ""
    assert not await estate.request_sync(SUPERUSER, estate.project.id)
    assert len(estate.jobs) == 1
    with pytest.raises(ProjectMissing):
        await estate.request_sync(BEN, estate.project.id)
    await estate.alter(deleted_at=NOW)
    with pytest.raises(ProjectMissing):
        await estate.request_sync(ANNA, estate.project.id)
