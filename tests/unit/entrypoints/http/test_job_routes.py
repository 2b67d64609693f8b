"""Looking at jobs and telling them what to do, as clients do it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import Scope
from domain.jobs import Job, JobKind, JobStatus
from domain.pages import PageRequest
from domain.projects import Project
from entrypoints.http.schemas.jobs import INSTALLATION, labels, state_of
from tests.tables import over_rows
from tests.unit.contracts.things import NOW, later
from tests.unit.entrypoints.world import World, add_project, caller_named, world

pytestmark = pytest.mark.anyio

FIELDS = (
    "id file_id project_id kind status payload attempts max_attempts last_error progress run_at created_at updated_at"
)


@pytest.fixture(scope="module")
async def only() -> AsyncIterator[World]:
    async with world() as made:
        yield made


@pytest.fixture
def here(only: World) -> Iterator[World]:
    with only.undone():
        yield only


async def queued(here: World, project_id: UUID | None, count: int = 1, **payload: object) -> list[Job]:
    now, made = here.room.clock().now(), []
    async with here.room.database().store.begin() as unit:
        for _ in range(count):
            kind = JobKind.PROCESS_IMAGE if project_id else JobKind.SWEEP_ORPHANS
            made.append(Job.fresh(uuid4(), kind, now, project_id=project_id, payload=payload))
            await unit.jobs.add(made[-1])
        await unit.commit()
    return made


async def project_of(here: World, name: str) -> Project:
    page = await here.room.database().projects.page(Scope(owner_id=here.users[name]), PageRequest())
    project: Project = page.items[0]
    return project


async def told(here: World, caller: str, url: str) -> dict[str, dict[str, object]]:
    answer = await here.client.get(url, headers=here.headers[caller])
    assert answer.status_code == 200, answer.text
    body: dict[str, dict[str, object]] = answer.json()
    return body


async def test_a_key_sees_its_project_under_its_name(here: World) -> None:
    (fresh,) = await queued(here, UUID(here.ids["project_id"]), variants=["thumb"])
    body = await told(here, "key", "/jobs?limit=1")
    assert body.keys() == {"owner's"}
    page = body["owner's"]
    (job,) = page.pop("jobs")  # type: ignore[misc]
    assert page == {
        "project_id": here.ids["project_id"],
        "total_items": 2,
        "total_pages": 2,
        "current_page": 1,
        "page_size": 1,
    }
    assert job.keys() == {*FIELDS.split(), "asset_id", "state"}
    assert (job["id"], job["status"], job["state"]) == (str(fresh.id), "pending", "waiting")
    assert (job["payload"], job["kind"], job["asset_id"]) == ({"variants": ["thumb"]}, "ProcessImage", None)


async def test_only_those_of_a_status(here: World) -> None:
    await queued(here, UUID(here.ids["project_id"]), 2)
    for status, count in (("pending", 2), ("failed", 1), ("completed", 0)):
        body = await told(here, "key", f"/jobs?status={status}")
        assert body["owner's"]["total_items"] == count


async def test_the_superuser_sees_every_project_and_an_admin_their_own(here: World) -> None:
    theirs = await project_of(here, "stranger")
    mine = await add_project(here, "admin")
    for each, count in ((theirs, 3), (mine, 2)):
        await queued(here, each.id, count)
    everything = await told(here, "su", "/admin/jobs?limit=2")
    assert {label: page["total_items"] for label, page in everything.items()} == {
        "owner's": 1,
        "stranger's": 3,
        "admin's": 2,
    }
    assert len(everything["stranger's"]["jobs"]) == 2  # type: ignore[arg-type]
    second = await told(here, "su", "/admin/jobs?limit=2&page=2")
    assert {label: len(page["jobs"]) for label, page in second.items()} == {  # type: ignore[arg-type]
        "owner's": 0,
        "stranger's": 1,
        "admin's": 0,
    }
    assert (await told(here, "admin", "/admin/jobs")).keys() == {"admin's"}
    assert (await told(here, "admin", f"/admin/jobs?project_id={theirs.id}")) == {}
    assert (await told(here, "su", f"/admin/jobs?project_id={theirs.id}")).keys() == {"stranger's"}
    assert (await told(here, "su", "/admin/jobs?status=failed")).keys() == {"owner's"}


async def test_projects_of_one_name_do_not_hide_each_other(here: World) -> None:
    first, second = UUID(here.ids["project_id"]), (await add_project(here, "owner")).id
    await queued(here, second)
    body = await told(here, "su", "/admin/jobs")
    assert {label: page["project_id"] for label, page in body.items()} == {
        f"owner's ({each})": str(each) for each in (first, second)
    }


async def test_what_looks_after_the_installation_is_for_superusers(here: World) -> None:
    (job,) = await queued(here, None)
    body = await told(here, "su", "/admin/jobs?status=pending")
    assert body.keys() == {INSTALLATION}
    assert (body[INSTALLATION]["project_id"], body[INSTALLATION]["total_items"]) == (None, 1)
    assert (await told(here, "admin", "/admin/jobs")) == {}
    one = await here.client.get(f"/jobs/{job.id}", headers=here.headers["su"])
    assert (one.status_code, one.json()["project_id"]) == (200, None)
    assert (await here.client.get(f"/jobs/{job.id}", headers=here.headers["admin"])).status_code == 404


async def test_counts(here: World) -> None:
    mine = await add_project(here, "admin")
    await queued(here, mine.id, 3)
    await queued(here, None)
    nothing = dict.fromkeys(("waiting", "active", "completed", "failed", "delayed", "cancelled"), 0)
    assert await told(here, "admin", "/jobs/stats") == {**nothing, "waiting": 3}
    assert await told(here, "su", "/jobs/stats") == {**nothing, "waiting": 4, "failed": 1}


async def test_a_job_tells_its_attempts_and_their_errors(here: World) -> None:
    body = await told(here, "su", f"/jobs/{here.ids['job_id']}")
    assert (body["status"], body["state"], body["attempts"]) == ("failed", "failed", 1)
    assert [(step["status"], step["attempts"], step["error"]) for step in body["history"]] == [  # type: ignore[index]
        ("pending", 0, None),
        ("failed", 1, "the picture cannot be read"),
    ]
    assert all(step["at"].endswith("Z") for step in body["history"])  # type: ignore[index]


async def test_trying_again_calling_off_and_forgetting(here: World) -> None:
    su, url = here.headers["su"], f"/jobs/{here.ids['job_id']}"
    again = await here.client.post(f"{url}/retry", headers=su)
    assert (again.status_code, again.json()["status"], again.json()["attempts"]) == (200, "pending", 0)
    for method, path, code in (("POST", "/retry", "job_not_ended"), ("DELETE", "", "job_not_ended")):
        refused = await here.client.request(method, url + path, headers=su)
        assert (refused.status_code, refused.json()["code"]) == (409, code)
    off = await here.client.post(f"{url}/cancel", headers=su)
    assert (off.status_code, off.json()["state"]) == (200, "cancelled")
    assert (await here.client.post(f"{url}/cancel", headers=su)).json()["code"] == "job_ended"
    gone = await here.client.delete(url, headers=su)
    assert gone.json() == {"message": "Job deleted successfully", "id": here.ids["job_id"]}
    assert (await here.client.get(url, headers=su)).json()["code"] == "job_not_found"


async def test_an_admin_steers_the_jobs_of_their_own_projects(here: World) -> None:
    mine = await add_project(here, "admin")
    assert mine.owner_id == caller_named(here, "admin").user_id
    (job,) = await queued(here, mine.id)
    answer = await here.client.post(f"/jobs/{job.id}/cancel", headers=here.headers["admin"])
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")


@pytest.mark.parametrize("query", ["status=waiting", "page=0", "limit=101", "limit=0"])
async def test_nonsense_is_refused(here: World, query: str) -> None:
    for caller, path in (("key", "/jobs"), ("su", "/admin/jobs")):
        assert (await here.client.get(f"{path}?{query}", headers=here.headers[caller])).status_code == 422


@over_rows(
    ("changes", "state"),
    [
        ({}, "waiting"),
        ({"run_at": later(60)}, "delayed"),
        ({"run_at": later(60), "updated_at": later(60)}, "waiting"),
        ({"run_at": later(-60)}, "waiting"),
        ({"status": JobStatus.PROCESSING, "run_at": later(60)}, "active"),
        ({"status": JobStatus.COMPLETED}, "completed"),
        ({"status": JobStatus.FAILED}, "failed"),
        ({"status": JobStatus.CANCELLED}, "cancelled"),
    ],
)
def test_states(changes: dict[str, object], state: str) -> None:
    job = replace(Job.fresh(uuid4(), JobKind.PROCESS_IMAGE, NOW), **changes)  # type: ignore[arg-type]
    assert state_of(job, NOW + timedelta(seconds=1)) == state


IDS = [UUID(int=n) for n in range(1, 5)]
NAMES = st.sampled_from(["a", "b", INSTALLATION, *(f"a ({id_})" for id_ in IDS), f"a ({IDS[0]}) ({IDS[1]})"])


@given(st.lists(NAMES, max_size=4))
def test_no_two_projects_have_one_label_and_each_begins_with_its_name(names: list[str]) -> None:
    made = labels(list(zip(IDS, names, strict=False)))
    assert len({INSTALLATION, *made}) == len(names) + 1
    assert all(label.startswith(name) for label, name in zip(made, names, strict=True))
    for label, name in zip(made, names, strict=True):
        if names.count(name) > 1:
            assert label != name
