"""Keys switched off, renamed, ended and deleted."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from adapters.memory.api_keys import MemoryApiKeyReads
from application.projects.change_api_key import ApiKeyChanges
from domain.api_keys import ApiKey, ApiKeyMissing
from domain.audit import AuditAction
from domain.errors import Invalid
from domain.projects import ProjectMissing
from tests.unit.contracts.things import NOW, api_key, project, put
from tests.unit.use_cases.projects.estate import ANNA, BEN, HERE, SUPERUSER, Estate

pytestmark = pytest.mark.anyio

LATER = NOW + timedelta(days=1)


@pytest.fixture
async def estate() -> Estate:
    return await Estate().open()


@pytest.fixture
async def key(estate: Estate) -> ApiKey:
    key = api_key(estate.project.id)
    await put(estate.store, key)
    return key


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"is_active": False}, ["is_active"]),
        ({"name": "CI"}, ["name"]),
        ({"expires_at": LATER}, ["expires_at"]),
        ({"expires_at": None}, ["expires_at"]),
        ({"is_active": True, "name": "CI", "expires_at": None}, ["is_active", "name", "expires_at"]),
    ],
)
async def test_what_is_left_out_stays(estate: Estate, key: ApiKey, changes: dict[str, Any], named: list[str]) -> None:
    changed = await estate.change_key(ANNA, key.project_id, key.id, ApiKeyChanges(**changes), HERE)
    assert changed == replace(key, **changes)
    assert await MemoryApiKeyReads(estate.rows).hashed(key.hash) == changed
    (line,) = estate.rows.rows.audit
    assert (line.action, line.subject) == (AuditAction.KEY_CHANGED, f"key:{key.id}")
    assert (line.project_id, line.payload) == (key.project_id, {"changed": named})


@pytest.mark.parametrize("past", [NOW, NOW - timedelta(days=1)])
async def test_a_key_does_not_end_in_the_past(estate: Estate, key: ApiKey, past: datetime) -> None:
    with pytest.raises(Invalid, match="past"):
        await estate.change_key(ANNA, key.project_id, key.id, ApiKeyChanges(expires_at=past, name="CI"), HERE)
    assert estate.rows.rows.api_keys[key.id] == key


async def test_one_must_say_what_is_to_change(estate: Estate, key: ApiKey) -> None:
    with pytest.raises(Invalid, match="is_active, name or expires_at"):
        await estate.change_key(ANNA, key.project_id, key.id, ApiKeyChanges(), HERE)


async def test_a_deleted_key_opens_nothing(estate: Estate, key: ApiKey) -> None:
    await estate.delete_key(ANNA, key.project_id, key.id, HERE)
    assert await MemoryApiKeyReads(estate.rows).hashed(key.hash) is None
    assert estate.noted == [AuditAction.KEY_DELETED]
    with pytest.raises(ApiKeyMissing):
        await estate.delete_key(ANNA, key.project_id, key.id, HERE)


async def test_a_key_is_changed_through_its_own_project_only(estate: Estate, key: ApiKey) -> None:
    another, off = project(owner_id=ANNA.user_id), ApiKeyChanges(is_active=False)
    await put(estate.store, another)
    for project_id, key_id in ((another.id, key.id), (key.project_id, uuid4())):
        with pytest.raises(ApiKeyMissing, match=r"^there is no such API key$"):
            await estate.change_key(SUPERUSER, project_id, key_id, off, HERE)
        with pytest.raises(ApiKeyMissing, match=r"^there is no such API key$"):
            await estate.delete_key(SUPERUSER, project_id, key_id, HERE)
    assert estate.rows.rows.api_keys == {key.id: key}


async def test_keys_of_what_is_foreign_or_in_the_bin_are_nobodys_to_change(estate: Estate, key: ApiKey) -> None:
    async def refused(caller: Any) -> None:
        with pytest.raises(ProjectMissing):
            await estate.change_key(caller, key.project_id, key.id, ApiKeyChanges(is_active=False), HERE)
        with pytest.raises(ProjectMissing):
            await estate.delete_key(caller, key.project_id, key.id, HERE)

    await refused(BEN)
    await estate.alter(deleted_at=NOW)
    await refused(ANNA)
    assert estate.rows.rows.api_keys == {key.id: key}
    assert estate.noted == []
