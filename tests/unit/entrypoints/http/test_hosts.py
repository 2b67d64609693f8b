"""By which names we let ourselves be asked."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.types import ASGIApp

from entrypoints.http.app import EdgeConfig, create_app
from entrypoints.http.routes.health import HealthDoor, Readiness
from tests.tables import over_rows
from tests.unit.entrypoints.http.conftest import Lines
from tests.unit.entrypoints.http.sample import SampleDoor, authenticate

pytestmark = pytest.mark.anyio

EDGE = EdgeConfig(public_url="https://Media.example:8443/sub", allowed_hosts=("api", "other.example"))


@pytest.fixture
def app() -> ASGIApp:
    doors = [SampleDoor(), HealthDoor({}, Readiness(), "1.2.3")]
    return create_app(doors, edge=EDGE, authenticator=authenticate)


@pytest.fixture
async def client(app: ASGIApp) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost") as client:
        yield client


@over_rows(
    "host",
    [
        "media.example", "media.example:8443", "MEDIA.example:1", "media.example.", "api", "api:3000", "other.example",
        "localhost", "localhost:3000", "LocalHost", "127.0.0.1", "127.0.0.1:3000", "10.1.2.3", "[::1]", "[::1]:3000",
        "[fe80::1]", "203.0.113.9:80",
    ],
)  # fmt: skip
async def test_our_own_names_and_addresses_are_answered(client: httpx2.AsyncClient, host: str) -> None:
    assert (await client.get("/things", headers={"Host": host})).status_code == 200


@over_rows(
    "host",
    [
        "evil.example", "evil.example:3000", "media.example.evil.example", "xmedia.example", "sub.media.example",
        "127.0.0.1.evil.example", "localhost.evil.example", "evil.localhost", "127.0.0.1@evil.example", "::1",
        "[::1", "::1]", "[evil.example]", "[127.0.0.1].evil.example", "2130706433", "0x7f000001", "127.1", "", ":3000",
        "localhost:3000:1", "localhost:x", "localhost/", "localhost ", "local\x00host", "media.example..",
    ],
)  # fmt: skip
async def test_no_other_is(client: httpx2.AsyncClient, host: str) -> None:
    answer = await client.get("/things", headers={"Host": host})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "host_not_in_allowed_hosts"
    assert "ALLOWED_HOSTS" in answer.json()["detail"]


async def test_one_name_and_no_more(client: httpx2.AsyncClient) -> None:
    request = client.build_request("GET", "/things")
    request.headers = httpx2.Headers([("Host", "localhost"), ("Host", "evil.example")])
    assert (await client.send(request)).status_code == 421
    request.headers = httpx2.Headers()
    assert (await client.send(request)).status_code == 421


@pytest.mark.parametrize(("method", "path"), [("POST", "/things"), ("GET", "/nope"), ("PUT", "/things"), ("GET", "/")])
async def test_whatever_is_asked(client: httpx2.AsyncClient, method: str, path: str) -> None:
    assert (await client.request(method, path, headers={"Host": "evil.example"})).status_code == 421


@over_rows(
    ("path", "status"),
    [("/health", 200), ("/health/ready", 200), ("/health/nope", 404), ("/healthy", 421), ("/docs", 421)],
)
async def test_health_is_for_load_balancers_which_send_any_name(
    client: httpx2.AsyncClient, path: str, status: int
) -> None:
    assert (await client.get(path, headers={"Host": "evil.example"})).status_code == status


async def test_pages_of_other_origins_may_read_why(client: httpx2.AsyncClient, logged: Lines) -> None:
    answer = await client.get("/things", headers={"Host": "evil.example", "Origin": "https://app.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert logged.all[-1].startswith("Error | GET /things | res=421 | ")
