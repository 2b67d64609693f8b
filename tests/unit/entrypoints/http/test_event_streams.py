"""Streams of events: whose they are, where they go on, when they end."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from starlette.types import ASGIApp

from application.jobs.finish_job import job_update
from domain.access import Role, Scope
from domain.events import Position
from domain.jobs import Job, JobKind, JobStatus
from domain.pages import PageRequest
from entrypoints.http.app import EdgeConfig, create_app
from entrypoints.http.event_streams import EventStreams, position_of
from entrypoints.http.routes.events import EventsDoor
from tests.tables import over_rows
from tests.unit.entrypoints.streams import reading
from tests.unit.entrypoints.world import World, add_user, signed_in, world
from tests.unit.polling import poll_often

pytestmark = pytest.mark.anyio

ALL = "/admin/jobs/events"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    poll_often(monkeypatch)


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        yield made


@pytest.fixture
def app(here: World) -> ASGIApp:
    doors = here.room.doors()
    return create_app(
        doors.every(),
        edge=EdgeConfig(public_url="http://darkroom.test", docs=False),
        authenticator=doors.authenticator(),
    )


def streaming(here: World, **changes: object) -> ASGIApp:
    """The application with less patience."""
    doors = here.room.doors()
    streams: EventStreams = replace(doors.streams(), open=type(doors.streams().open)(), **changes)
    door = EventsDoor(streams, here.room.database().projects)
    return create_app(
        [door], edge=EdgeConfig(public_url="http://darkroom.test", docs=False), authenticator=doors.authenticator()
    )


async def life(here: World, project_id: str | UUID) -> Job:
    """A job from its beginning to its end, as the log tells it."""
    now = here.room.clock().now()
    job = Job.fresh(uuid4(), JobKind.PROCESS_IMAGE, now, project_id=UUID(str(project_id)), file_id=uuid4())
    begun = replace(job, attempts=1)
    async with here.room.database().store.begin() as unit:
        await unit.jobs.add(job)
        await unit.events.add(job_update(job, JobStatus.PENDING, now))
        await unit.events.add(job_update(begun, JobStatus.PROCESSING, now))
        await unit.events.add(job_update(begun, JobStatus.COMPLETED, now, progress=100))
        await unit.commit()
    return job


def own(here: World) -> str:
    return f"/projects/{here.ids['project_id']}/events"


async def test_the_head_keeps_proxies_from_collecting(here: World, app: ASGIApp) -> None:
    async with reading(app, own(here), here.headers["owner"]) as stream:
        assert stream.status == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert (stream.headers["cache-control"], stream.headers["x-accel-buffering"]) == ("no-store", "no")
        assert "content-length" not in stream.headers
        assert (await stream.block()).keys() == {"retry", "id"}


async def test_each_step_arrives_as_the_job_stood(here: World, app: ASGIApp) -> None:
    async with reading(app, own(here), here.headers["owner"]) as stream:
        job = await life(here, here.ids["project_id"])
        told = [(await stream.update())[1] for _ in range(3)]
    assert [each["status"] for each in told] == ["pending", "processing", "completed"]
    assert [each["state"] for each in told] == ["waiting", "active", "completed"]
    assert [each["progress"] for each in told] == [0, 0, 100]
    assert {each["id"] for each in told} == {str(job.id)}
    assert {each["asset_id"] for each in told} == {str(job.file_id)}


async def test_two_tenants_never_hear_of_each_other(here: World, app: ASGIApp) -> None:
    mine = here.ids["project_id"]
    (project,) = (await here.room.database().projects.page(Scope(owner_id=here.users["stranger"]), PageRequest())).items
    theirs = str(project.id)
    async with (
        reading(app, f"/projects/{mine}/events", here.headers["owner"]) as owner,
        reading(app, f"/projects/{theirs}/events", here.headers["stranger"]) as other,
        reading(app, ALL, here.headers["admin"]) as admin,
        reading(app, ALL, here.headers["su"]) as su,
    ):
        for stream in (owner, other, admin, su):
            await stream.block()
        for _ in range(3):
            await life(here, mine)
            await life(here, theirs)
        assert {(await owner.update())[1]["project_id"] for _ in range(9)} == {mine}
        assert {(await other.update())[1]["project_id"] for _ in range(9)} == {theirs}
        assert {(await su.update())[1]["project_id"] for _ in range(18)} == {mine, theirs}
        assert [stream.text for stream in (owner, other, admin, su)] == [""] * 4


@pytest.mark.parametrize("by_header", [True, False])
async def test_coming_back_misses_nothing_and_repeats_nothing(here: World, app: ASGIApp, by_header: bool) -> None:
    async with reading(app, own(here), here.headers["owner"]) as stream:
        await life(here, here.ids["project_id"])
        heard = [await stream.update()]
    for _ in range(4):
        last = heard[-1][0]
        url = own(here) if by_header else f"{own(here)}?last_event_id={last}"
        more = {"Last-Event-ID": last} if by_header else {}
        async with reading(app, url, here.headers["owner"] | more) as stream:
            await life(here, here.ids["project_id"])
            heard += [await stream.update() for _ in range(2)]
    async with reading(app, own(here), here.headers["owner"] | {"Last-Event-ID": heard[-1][0]}) as stream:
        heard += [await stream.update() for _ in range(6)]
    assert [job["status"] for _, job in heard] == ["pending", "processing", "completed"] * 5
    assert len({id_ for id_, _ in heard}) == 15


async def test_who_was_cut_off_before_the_first_event_misses_none(here: World, app: ASGIApp) -> None:
    async with reading(app, own(here), here.headers["owner"]) as stream:
        begun = (await stream.block())["id"].strip()
    await life(here, here.ids["project_id"])
    async with reading(app, own(here), here.headers["owner"] | {"Last-Event-ID": begun}) as stream:
        assert (await stream.update())[1]["status"] == "pending"


@pytest.mark.slow
@pytest.mark.parametrize("said", ["nonsense", "0-999999999", "9223372036854775808-1", "-1-1", "1", "٣-١", "x" * 5000])
async def test_an_id_that_is_none_of_ours_means_from_now_on(here: World, app: ASGIApp, said: str) -> None:
    await life(here, here.ids["project_id"])
    headers = here.headers["owner"] | ({"Last-Event-ID": said} if said.isascii() else {})
    async with reading(app, f"{own(here)}?last_event_id=nonsense", headers) as stream:
        await stream.block()
        job = await life(here, here.ids["project_id"])
        assert (await stream.update())[1]["id"] == str(job.id)


@over_rows(
    ("said", "meant"),
    [(None, None), ("", None), ("12-34", Position(12, 34)), ("12-34\n", None), (f"{2**63}-0", None), (" 1-2", None)],
)
def test_reading_ids(said: str | None, meant: Position | None) -> None:
    assert position_of(said) == meant


async def test_browsers_show_their_token_in_the_address(here: World, app: ASGIApp) -> None:
    token = here.headers["owner"]["Authorization"].removeprefix("Bearer ")
    async with reading(app, f"{own(here)}?token={token}", {}) as stream:
        assert stream.status == 200
    for url in (own(here), f"{own(here)}?token=nonsense", f"/projects/{here.ids['project_id']}?token={token}"):
        async with reading(app, url, {}) as refused:
            assert refused.status == 401


@pytest.mark.slow
@pytest.mark.parametrize("how", ["logout", "disabled"])
async def test_a_session_that_ends_ends_its_streams(here: World, app: ASGIApp, how: str) -> None:
    user = await add_user(here.room, "guest", Role.ADMIN)
    headers = await signed_in(here.room, user)
    async with reading(app, ALL, headers) as stream, reading(app, ALL, here.headers["su"]) as other:
        await stream.block()
        if how == "logout":
            assert (await here.client.post("/auth/logout-all", headers=headers)).status_code == 200
        else:
            changed = await here.client.patch(
                f"/users/{user.id}", headers=here.headers["su"], json={"is_active": False}
            )
            assert changed.status_code == 200
        await life(here, here.ids["project_id"])
        await stream.end()
        assert "data:" not in stream.text
        assert (await other.update())[1]["status"] == "pending"


async def test_the_end_of_the_service_ends_all_streams(here: World, app: ASGIApp) -> None:
    async with reading(app, ALL, here.headers["su"]) as stream:
        here.room.doors().readiness().draining = True
        await stream.end()


async def test_silence_is_broken_now_and_then(here: World) -> None:
    async with reading(streaming(here, heartbeat=0.1), own(here), here.headers["owner"]) as stream:
        await stream.block()
        assert [await stream.block() for _ in range(2)] == [{"": ""}] * 2


async def test_who_has_too_many_open_is_told_so(here: World) -> None:
    app = streaming(here, each=2)
    async with reading(app, ALL, here.headers["su"]), reading(app, own(here), here.headers["su"]):
        async with reading(app, ALL, here.headers["su"]) as third:
            assert (third.status, third.headers["retry-after"]) == (429, "3")
            assert '"too_many_streams"' in third.text
        async with reading(app, own(here), here.headers["owner"]) as anothers:
            assert anothers.status == 200
    async with reading(app, ALL, here.headers["su"]) as again:
        assert again.status == 200


async def test_many_accounts_at_one_address_do_not_get_all_there_are(here: World) -> None:
    app = streaming(here, from_one_address=2)
    async with (
        reading(app, ALL, here.headers["su"]),
        reading(app, own(here), here.headers["owner"]),
        reading(app, ALL, here.headers["admin"]) as third,
    ):
        assert (third.status, third.headers["retry-after"]) == (429, "15")
        assert "from your address" in third.text
    async with reading(app, ALL, here.headers["admin"]) as again:
        assert again.status == 200


async def test_how_many_are_too_many_is_a_setting() -> None:
    async with world(MAX_STREAMS_PER_USER="1") as here:
        app = streaming(here)
        async with reading(app, ALL, here.headers["su"]), reading(app, ALL, here.headers["su"]) as second:
            assert (second.status, second.headers["retry-after"]) == (429, "3")


async def test_who_does_not_read_is_let_go(here: World) -> None:
    doors = here.room.doors()
    app, never = streaming(here, taken_within=0.1, each=1), asyncio.Event()
    async with reading(app, own(here), here.headers["owner"], stuck=never):
        async with asyncio.timeout(3):
            while True:
                async with reading(app, own(here), here.headers["owner"]) as other:
                    if other.status == 200:
                        break
    assert not doors.streams().open


async def test_nothing_stays_behind(here: World, app: ASGIApp) -> None:
    async with reading(app, ALL, here.headers["su"]), reading(app, own(here), here.headers["owner"]):
        assert here.room.doors().streams().open.total() == 2
    await asyncio.sleep(0.05)
    assert not here.room.doors().streams().open
    assert {task for task in asyncio.all_tasks() if "_beat" in repr(task.get_coro())} == set()


async def test_only_the_head_is_told_to_who_asks_for_it(here: World) -> None:
    async with asyncio.timeout(3):
        answer = await here.client.request("HEAD", ALL, headers=here.headers["su"])
    assert (answer.status_code, answer.content) == (200, b"")
