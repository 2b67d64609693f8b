"""The start page, Swagger UI and the health of things."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from html.parser import HTMLParser

import httpx2
import pytest

from domain.errors import Unavailable
from entrypoints.http.app import EdgeConfig, create_app
from entrypoints.http.routes import health
from entrypoints.http.routes.health import HealthCheck, HealthDoor, Readiness
from entrypoints.http.routes.home import HomeDoor
from tests.unit.entrypoints.http.conftest import Lines
from tests.unit.entrypoints.http.sample import authenticate

pytestmark = pytest.mark.anyio


class Checks:
    def __init__(self) -> None:
        self.error: Exception | None = None
        self.delay = 0.0

    async def __call__(self) -> None:
        await asyncio.sleep(self.delay)
        if self.error is not None:
            raise self.error


@pytest.fixture
def readiness() -> Readiness:
    return Readiness()


@pytest.fixture
def database() -> Checks:
    return Checks()


@pytest.fixture
async def site(readiness: Readiness, database: Checks) -> AsyncIterator[httpx2.AsyncClient]:
    checks: dict[str, HealthCheck | None] = {"database": database, "blobs": Checks(), "redis": None}
    doors = [HealthDoor(checks, readiness, "1.2.3"), HomeDoor()]
    app = create_app(
        doors, edge=EdgeConfig(public_url="http://darkroom.test", version="1.2.3"), authenticator=authenticate
    )
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://darkroom.test") as client:
        yield client


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.links += [value for name, value in attrs if name in {"src", "href"} and value]
        self.inline += [name for name in found if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and "src" not in found):
            self.inline.append(tag)


class TestPages:
    @pytest.mark.parametrize("path", ["/", "/docs", "/swagger-ui", "/swagger-ui/"])
    async def test_a_page_works_offline_under_its_own_policy(self, site: httpx2.AsyncClient, path: str) -> None:
        answer = await site.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        page = Page(answer.text)
        assert page.links
        assert page.inline == []
        for link in page.links:
            assert link.startswith("/"), link
            assert not link.startswith("//")
            assert (await site.get(link)).status_code == 200, link
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy

    async def test_files_keep_their_kind_and_are_not_sent_twice(self, site: httpx2.AsyncClient) -> None:
        for path, kind in {
            "/console/home.css": "text/css",
            "/console/icon.svg": "image/svg+xml",
            "/docs/assets/swagger-bundle.js": "text/javascript",
            "/docs/assets/swagger.css": "text/css",
        }.items():
            answer = await site.get(path)
            assert answer.headers["content-type"].startswith(kind)
            assert len(answer.content) > 100
            again = await site.get(path, headers={"If-None-Match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")

    @pytest.mark.parametrize("name", ["nope.css", "..%2fhome.html", "__init__.py", "docs.html"])
    async def test_other_files_are_not_there(self, site: httpx2.AsyncClient, name: str) -> None:
        assert (await site.get(f"/console/{name}")).status_code == 404
        assert (await site.get(f"/docs/assets/{name}")).status_code == 404

    async def test_swagger_ui_asks_nobody_outside(self, site: httpx2.AsyncClient) -> None:
        script = (await site.get("/docs/assets/swagger-start.js")).text
        assert "validatorUrl: null" in script
        assert not re.search(r"https?://", script)

    async def test_docs_can_be_off(self) -> None:
        app = create_app(
            [HomeDoor()], edge=EdgeConfig(public_url="http://darkroom.test", docs=False), authenticator=authenticate
        )
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url="http://darkroom.test"
        ) as client:
            for path in ("/docs", "/swagger-ui", "/openapi.json", "/api-docs/openapi.json"):
                assert (await client.get(path)).status_code == 404


class TestHealth:
    async def test_it_says_who_it_is(self, site: httpx2.AsyncClient) -> None:
        answer = (await site.get("/health")).json()
        assert {**answer, "uptime": 0, "timestamp": ""} == {
            "status": "ok",
            "service": "darkroom",
            "version": "1.2.3",
            "uptime": 0,
            "timestamp": "",
        }
        assert 0 <= answer["uptime"] < 60
        assert answer["timestamp"].endswith("Z")
        assert datetime.fromisoformat(answer["timestamp"]).utcoffset() == timedelta(0)

    async def test_all_is_well(self, site: httpx2.AsyncClient) -> None:
        answer = await site.get("/health/ready")
        assert answer.json() == {"status": "ready", "checks": {"database": "ok", "blobs": "ok", "redis": "disabled"}}
        assert (await site.get("/health/database")).json() == {"status": "ok"}
        assert (await site.get("/health/redis")).json() == {"status": "disabled"}
        assert (await site.get("/health/nope")).status_code == 404

    async def test_a_dependency_is_down(self, site: httpx2.AsyncClient, database: Checks) -> None:
        database.error = Unavailable("the database does not answer", retry_after=7)
        answer = await site.get("/health/database")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
        assert answer.json()["detail"] == "the database does not answer"
        ready = await site.get("/health/ready")
        assert ready.status_code == 503
        assert "database" in ready.json()["detail"]
        assert (await site.get("/health/blobs")).status_code == 200
        assert (await site.get("/health")).status_code == 200

    async def test_a_check_that_breaks_is_not_a_fault_of_the_door(
        self, site: httpx2.AsyncClient, database: Checks, logged: Lines
    ) -> None:
        database.error = ConnectionResetError("secret host name")
        answer = await site.get("/health/database")
        assert answer.status_code == 503
        assert "secret" not in answer.text
        assert "secret" in logged.text

    async def test_a_check_that_hangs_is_given_up(
        self, site: httpx2.AsyncClient, database: Checks, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(health, "PATIENCE", 0.05)
        database.delay = 60
        assert (await site.get("/health/database")).status_code == 503

    async def test_a_service_that_stops_wants_no_more_work(
        self, site: httpx2.AsyncClient, readiness: Readiness
    ) -> None:
        readiness.draining = True
        assert (await site.get("/health/ready")).status_code == 503
        assert (await site.get("/health")).status_code == 200
