"""Projects and their keys, over HTTP."""

from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from adapters.memory.state import MemoryDatabase
from domain.jobs import JobKind
from domain.settings import MIB
from domain.usage import UsageKind, UsageLine
from tests.tables import over_rows
from tests.unit.entrypoints.world import World, add_project, world

pytestmark = pytest.mark.anyio

THUMB = {"thumb": {"format": "webp", "width": 10}}


@pytest.fixture(scope="module")
async def only() -> AsyncIterator[World]:
    async with world(DEFAULT_QUOTA="100", MAX_PROJECTS_PER_USER="3") as made:
        yield made


@pytest.fixture
def here(only: World) -> Iterator[World]:
    with only.undone():
        yield only


async def ask(here: World, method: str, path: str = "", who: str = "owner", **more: Any) -> httpx2.Response:
    url = path if path.startswith("/") else f"/projects/{here.ids['project_id']}{path and '/'}{path}"
    headers = {**here.headers[who], **more.pop("headers", {})}
    return await here.client.request(method, url, headers=headers, **more)


def rows(here: World) -> Any:
    database: MemoryDatabase = here.room.database().store._database  # type: ignore[attr-defined]
    return database.rows


def syncs(here: World) -> int:
    """How many are queued."""
    return [job.kind for job in rows(here).jobs.values()].count(JobKind.SYNC_PROJECT_VARIANTS)


async def test_a_project_is_changed_bit_by_bit(here: World) -> None:
    before = (await ask(here, "GET")).json()
    answer = await ask(here, "PUT", json={"name": "New", "storage_limit_bytes": 5 * MIB, "unknown": 1})
    after = answer.json()
    assert answer.status_code == 200
    assert (after["name"], after["slug"], after["settings"]["quota"]) == ("New", before["slug"], 5)
    assert (await ask(here, "GET")).json() == after

    await ask(here, "PUT", json={"description": "two\nlines", "settings": {"variants": THUMB}})
    told = (await ask(here, "PUT", json={"name": None, "settings": None, "storage_limit_bytes": None})).json()
    assert (told["name"], told["description"], told["storage_limit_bytes"]) == ("New", "two\nlines", 5 * MIB)
    assert (told["settings"]["variants"], told["settings"]["quota"]) == (THUMB, 5)
    assert syncs(here) == 1
    assert (await ask(here, "PUT", json={"description": None})).json()["description"] is None


async def test_what_clients_read_can_be_written_back(here: World) -> None:
    await ask(here, "PUT", who="su", json={"storage_limit_bytes": 1000 * MIB})
    told = (await ask(here, "GET")).json()
    assert (await ask(here, "PUT", json=told)).json() == told


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        ({"name": " "}, 422, ["name"]),
        ({"name": 1, "storage_limit_bytes": -2}, 422, ["name", "storage_limit_bytes"]),
        ({"storage_limit_bytes": (1 << 60) + 1}, 422, ["storage_limit_bytes"]),
        ({"settings": {"a": 1, "quota": "b"}}, 422, ["settings.a", "settings.quota"]),
        ({"settings": {"quota": 1}, "storage_limit_bytes": 1}, 422, ["settings.quota", "storage_limit_bytes"]),
        ({"settings": {"quota": 101}}, 403, ["settings.quota"]),
        ({"storage_limit_bytes": -1}, 403, ["storage_limit_bytes"]),
    ],
)
async def test_changes_that_are_refused(here: World, body: Any, status: int, fields: list[str]) -> None:
    answer = await ask(here, "PUT", json=body)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (status, fields)


async def test_nobody_makes_projects_without_end(here: World) -> None:
    for _ in range(2):
        assert (await ask(here, "POST", "/projects", json={"name": "more"})).status_code == 201
    answer = await ask(here, "POST", "/projects", json={"name": "too many"})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_projects")
    assert (await ask(here, "POST", "/projects", who="stranger", json={"name": "more"})).status_code == 201


async def test_into_the_bin_and_out_of_it(here: World) -> None:
    answer = await ask(here, "DELETE")
    assert (answer.status_code, answer.json()) == (200, {"message": "Project deleted successfully"})
    assert (await ask(here, "GET", "/projects")).json()["total_items"] == 0
    binned = (await ask(here, "GET", "/projects?deleted=true")).json()["data"]
    assert binned == [(await ask(here, "GET")).json()]
    assert binned[0]["deleted_at"].endswith("Z")
    assert (await ask(here, "GET", "/files", who="key")).status_code == 401
    assert (await ask(here, "GET", f"/files/{here.ids['file_id']}")).status_code == 404

    restored = await ask(here, "POST", "restore")
    assert (restored.status_code, restored.json()["deleted_at"]) == (200, None)
    assert (await ask(here, "GET", "/files", who="key")).status_code == 200
    again = await ask(here, "POST", "restore")
    assert (again.status_code, again.json()["code"]) == (409, "project_not_deleted")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "", {"name": "New"}),
        ("DELETE", "", None),
        ("POST", "sync-variants", None),
        ("POST", "sync-variants?dry_run=true", None),
        ("POST", "delete-originals", None),
        ("GET", "usage", None),
        ("GET", "keys", None),
        ("POST", "keys", {"name": "CI"}),
        ("PATCH", "keys/{key_id}", {"is_active": True}),
        ("DELETE", "keys/{key_id}", None),
    ],
)
async def test_what_lies_in_the_bin_is_absent_for_anything_else(here: World, method: str, path: str, body: Any) -> None:
    await ask(here, "DELETE")
    for who in ("owner", "su"):
        answer = await ask(here, method, path.format(**here.ids), who, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")


@pytest.mark.parametrize("from_the_bin", [False, True])
async def test_for_good(here: World, from_the_bin: bool) -> None:
    if from_the_bin:
        await ask(here, "DELETE")
    answer = await ask(here, "DELETE", params={"permanent": "true"})
    assert (answer.status_code, answer.json()) == (200, {"message": "Project deleted permanently"})
    assert [info.key async for info in here.room.blobs().store.list()] == []
    assert (rows(here).files, rows(here).jobs) == ({}, {})
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "restore")):
        assert (await ask(here, method, path)).status_code == 404
    assert (await ask(here, "DELETE", params={"permanent": "true"})).status_code == 404


async def test_a_sync_is_queued_once(here: World) -> None:
    first, second = [await ask(here, "POST", "sync-variants") for _ in range(2)]
    assert (first.status_code, first.json()["jobs_queued"]) == (202, 1)
    assert (second.status_code, second.json()["jobs_queued"]) == (202, 0)


async def test_a_dry_run_tells_and_does_nothing(here: World) -> None:
    await ask(here, "PUT", json={"settings": {"variants": THUMB, "auto_sync": False}})
    answer = await ask(here, "POST", "sync-variants", params={"dry_run": "true"})
    assert answer.status_code == 200
    assert set(answer.json()) == {"files", "variants", "source_missing", "estimated_bytes"}
    assert [set(each) for each in answer.json()["variants"]] == [
        {"name", "create", "replace", "drop", "estimated_bytes"}
    ]
    assert syncs(here) == 0


async def test_originals_are_given_up_once_they_need_not_be_kept(here: World) -> None:
    refused = await ask(here, "POST", "delete-originals")
    assert (refused.status_code, refused.json()["code"]) == (400, "originals_kept")
    await ask(here, "PUT", json={"settings": {"keep_original": False}})
    answer = await ask(here, "POST", "delete-originals")
    assert answer.status_code == 200
    assert answer.json() == {"message": "Originals deleted successfully", "deleted_count": 0, "freed_bytes": 0}


async def test_usage_day_by_day(here: World) -> None:
    day, today = date(2026, 1, 31), here.room.clock().now().date()
    lines = [
        UsageLine(day, UsageKind.UPLOADED, "image", 2, 2000),
        UsageLine(day, UsageKind.UPLOADED, "document", 1, 5),
        UsageLine(day, UsageKind.MADE, "thumb", 2, 20),
        UsageLine(day + timedelta(days=2), UsageKind.MADE, "thumb", 1, 10),
    ]
    async with here.room.database().store.begin() as unit:
        await unit.usage.add(UUID(here.ids["project_id"]), lines)
        await unit.commit()

    answer = await ask(here, "GET", "usage", params={"from": "2026-01-31", "to": "2026-02-28"})
    assert answer.json() == {
        "project_id": here.ids["project_id"],
        "from": "2026-01-31",
        "to": "2026-02-28",
        "totals": {"files": 3, "bytes": 2005, "transforms": 3, "transformed_bytes": 30},
        "days": [
            {
                "date": "2026-01-31",
                "files": 3,
                "bytes": 2005,
                "transforms": 2,
                "transformed_bytes": 20,
                "by_kind": {"image": {"files": 2, "bytes": 2000}, "document": {"files": 1, "bytes": 5}},
                "by_variant": {"thumb": {"transforms": 2, "bytes": 20}},
            },
            {
                "date": "2026-02-02",
                "files": 0,
                "bytes": 0,
                "transforms": 1,
                "transformed_bytes": 10,
                "by_kind": {},
                "by_variant": {"thumb": {"transforms": 1, "bytes": 10}},
            },
        ],
    }
    usual = (await ask(here, "GET", "usage")).json()
    assert (usual["from"], usual["to"]) == (str(today - timedelta(days=29)), str(today))


@over_rows(
    "query",
    ["from=1", "from=2026-1-1", "from=2026-02-30", "to=2026-01-01T00:00:00", "from=2026-02-01&to=2026-01-01",
     "from=2024-01-01&to=2026-01-01", "from="],
)  # fmt: skip
async def test_days_that_are_none(here: World, query: str) -> None:
    assert (await ask(here, "GET", f"usage?{query}")).status_code == 422


async def test_a_key_is_switched_off_renamed_and_deleted(here: World) -> None:
    made = (await ask(here, "POST", "keys", json={"name": "CI", "expires_at": "2999-01-01T00:00:00Z"})).json()
    key, one = {"X-Api-Key": made["key"]}, f"keys/{made['id']}"

    async def told() -> Any:
        listed = (await ask(here, "GET", "keys")).json()["data"]
        return next((each for each in listed if each["id"] == made["id"]), None)

    off = await ask(here, "PATCH", one, json={"is_active": False})
    assert (off.status_code, off.json()) == (200, {"message": "API Key updated successfully"})
    assert (await here.client.get("/files", headers=key)).status_code == 401
    await ask(here, "PATCH", one, json={"is_active": True, "name": "Robot", "expires_at": None})
    assert (await here.client.get("/files", headers=key)).status_code == 200
    assert ((await told())["name"], (await told())["expires_at"]) == ("Robot", None)

    gone = await ask(here, "DELETE", one)
    assert (gone.status_code, gone.json()) == (200, {"message": "API Key deleted successfully"})
    assert await told() is None
    assert (await here.client.get("/files", headers=key)).status_code == 401
    again = await ask(here, "DELETE", one)
    assert (again.status_code, again.json()["code"]) == (404, "api_key_not_found")


@pytest.mark.parametrize(
    "body",
    [{}, {"is_active": None}, {"unknown": 1}, {"name": ""}, {"is_active": "no"}, {"expires_at": "2020-01-01T00:00:00Z"},
     {"expires_at": "2999-01-01T00:00:00"}, {"expires_at": 4e9}],
)  # fmt: skip
async def test_changes_of_keys_that_are_refused(here: World, body: Any) -> None:
    assert (await ask(here, "PATCH", f"keys/{here.ids['key_id']}", json=body)).status_code == 422


@pytest.mark.parametrize("key_id", ["nonsense", "00000000-0000-0000-0000-000000000000"])
async def test_a_key_that_cannot_be_is_absent(here: World, key_id: str) -> None:
    assert (await ask(here, "DELETE", f"keys/{key_id}")).status_code == 404


async def test_a_key_of_another_project_of_ones_own_is_absent(here: World) -> None:
    other = await add_project(here, "owner")
    path = f"/projects/{other.id}/keys/{here.ids['key_id']}"
    assert (await ask(here, "DELETE", path)).json()["code"] == "api_key_not_found"
