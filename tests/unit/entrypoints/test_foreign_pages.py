"""What a page of another site may do with a service that its visitor reaches, and the page does not."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from tests.tables import over_rows
from tests.unit.entrypoints.http.shelf import picture
from tests.unit.entrypoints.world import World, world

pytestmark = pytest.mark.anyio

APP, EVIL = "https://app.example", "https://evil.example"
OWN = ["http://darkroom.test", "https://darkroom.test"]
NEW = {"email": "new@example.org", "password": "correct horse battery"}
ALLOW = "access-control-allow-origin"
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/auth/register", {"json": NEW}),
    ("POST", "/auth/register", {"content": b"{}", "headers": {"Content-Type": "text/plain"}}),
    ("GET", "/metrics", {}),
    ("GET", "/entity/", {}),
    ("GET", "/entity", {}),
    ("GET", "/entity/1", {}),
    ("GET", "/entity/1/file", {}),
    ("POST", "/entity/", {"data": {"label": "x", "is_collection": "true"}}),
    ("DELETE", "/entity/1", {}),
]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def everybody() -> AsyncIterator[World]:
    """The default of CORS_ORIGINS: `*`."""
    async with world(AUTH_DISABLED="true") as here:
        yield here


async def asked(here: World, method: str, path: str, origin: str | None, **more: Any) -> httpx2.Response:
    told = {"Origin": origin} if origin else {}
    with here.undone():
        return await here.client.request(method, path, headers={**told, **more.pop("headers", {})}, **more)


async def preflight(here: World, path: str, origin: str, headers: str = "content-type") -> httpx2.Response:
    told = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": headers}
    return await here.client.options(path, headers={"Origin": origin, **told})


@over_rows(("method", "path", "more"), ASKED)
async def test_a_star_lets_no_page_do_what_needs_no_token(
    everybody: World, method: str, path: str, more: dict[str, Any]
) -> None:
    for origin in (EVIL, "null", "http://darkroom.test.evil.example", "http://darkroom.test:8080", "http://127.0.0.1"):
        answer = await asked(everybody, method, path, origin, **more)
        assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused"), origin
        assert "CORS_ORIGINS" in answer.json()["detail"]
        assert ALLOW not in answer.headers
        assert "Origin" in answer.headers["vary"]


@over_rows(("method", "path", "more"), ASKED)
async def test_our_own_pages_and_programs_do(everybody: World, method: str, path: str, more: dict[str, Any]) -> None:
    for origin in (None, *OWN):
        answer = await asked(everybody, method, path, origin, **more)
        assert answer.status_code not in {401, 403, 421}, origin


@over_rows(("method", "path", "more"), ASKED)
async def test_and_so_do_those_that_are_named(method: str, path: str, more: dict[str, Any]) -> None:
    async with world(AUTH_DISABLED="true", CORS_ORIGINS=f"*,{APP}") as here:
        answer = await asked(here, method, path, APP, **more)
        assert answer.status_code not in {401, 403, 421}
        assert answer.headers[ALLOW] in {"*", APP}
        assert (await asked(here, method, path, EVIL, **more)).status_code == 403
        assert (await preflight(here, path, APP)).status_code == 200
        assert (await preflight(here, path, EVIL)).status_code == 400


@pytest.mark.parametrize("path", ["/auth/register", "/metrics", "/entity/", "/entity/1"])
async def test_preflights_say_so(everybody: World, path: str) -> None:
    refused = await preflight(everybody, path, EVIL)
    assert (refused.status_code, refused.json()["code"]) == (400, "cors_refused")
    assert ALLOW not in refused.headers


async def test_the_rest_is_for_every_page(everybody: World) -> None:
    answer = await asked(everybody, "GET", "/projects", EVIL, headers=everybody.headers["owner"])
    assert (answer.status_code, answer.headers[ALLOW]) == (200, "*")
    assert (await preflight(everybody, "/projects", EVIL, "authorization")).headers[ALLOW] == "*"


async def test_a_token_lets_a_page_use_entities_and_only_a_valid_one(everybody: World) -> None:
    assert (await preflight(everybody, "/entity/", EVIL, "Content-Type, Authorization")).headers[ALLOW] == "*"
    for token, status in (*((everybody.headers[name]["Authorization"], 200) for name in ("owner", "su")),
                          ("Bearer made.up", 403), ("Bearer ", 403), ("Basic eDp4", 403), ("", 403)):  # fmt: skip
        answer = await asked(everybody, "GET", "/entity/", EVIL, headers={"Authorization": token})
        assert answer.status_code == status, token
    made_up = {"Authorization": "Bearer made.up"}
    refused = await asked(everybody, "POST", "/entity/", EVIL, headers=made_up, files={"image": ("a.png", picture())})
    assert refused.json()["code"] == "origin_refused"
