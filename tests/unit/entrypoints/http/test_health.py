"""Health asks no dependency too often, waits for none too long, and keeps to itself why one does not work."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2
import pytest

from domain.errors import Unavailable
from entrypoints.http.app import EdgeConfig, create_app
from entrypoints.http.routes import health
from entrypoints.http.routes.health import HealthDoor, Readiness
from tests.unit.entrypoints.http.sample import authenticate

pytestmark = pytest.mark.anyio


class Checks:
    """A dependency that does as it is told, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.does: Callable[[], Awaitable[None]] | None = None

    async def __call__(self) -> None:
        self.asked += 1
        if self.does is not None:
            await self.does()


@pytest.fixture
def database() -> Checks:
    return Checks()


@pytest.fixture
async def client(database: Checks) -> AsyncIterator[httpx2.AsyncClient]:
    door = HealthDoor({"database": database, "redis": None}, Readiness(), "1.2.3")
    app = create_app([door], edge=EdgeConfig(public_url="http://darkroom.test", docs=False), authenticator=authenticate)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://darkroom.test") as client:
        yield client


async def away() -> None:
    raise Unavailable("connection to db.internal as secret-user refused", retry_after=7)


async def bug() -> None:
    raise ValueError("secret-cause")


async def hang() -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize("trouble", [away, bug])
async def test_what_is_wrong_is_said_and_why_is_not(
    client: httpx2.AsyncClient, database: Checks, trouble: Callable[[], Awaitable[None]]
) -> None:
    database.does = trouble
    for path in ("/health/database", "/health/ready"):
        answer = await client.get(path)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert "database" in answer.json()["detail"]
        assert "secret" not in answer.text
    assert (await client.get("/health")).status_code == 200


async def test_a_check_that_hangs_is_not_waited_for_and_not_made_again(
    client: httpx2.AsyncClient, database: Checks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.05)
    database.does = hang
    answers = await asyncio.gather(*(client.get("/health/ready") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {503}
    assert database.asked == 1


async def test_many_who_ask_at_once_cost_one_check(client: httpx2.AsyncClient, database: Checks) -> None:
    await asyncio.gather(*(client.get("/health/database") for _ in range(50)))
    assert database.asked == 1


async def test_a_recovery_is_seen_soon(
    client: httpx2.AsyncClient, database: Checks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "ANSWERS_FOR", 0)
    database.does = away
    assert (await client.get("/health/database")).status_code == 503
    database.does = None
    assert (await client.get("/health/database")).status_code == 200


async def test_redis_may_be_away_and_requests_still_come() -> None:
    door = HealthDoor({"database": None, "redis": away}, Readiness(), "1.2.3")
    assert (await door.ready()).checks == {"database": "disabled", "redis": "away"}


async def test_work_may_come_once_it_is_prepared_and_until_it_stops(database: Checks) -> None:
    readiness = Readiness()
    door = HealthDoor({"database": database, "redis": None}, readiness, "1.2.3")
    assert (await door.ready()).status == "ready"
    for state in ("preparing", "draining"):
        setattr(readiness, state, True)
        with pytest.raises(Unavailable):
            await door.ready()
        setattr(readiness, state, False)
    assert (await door.health()).status == "ok"
