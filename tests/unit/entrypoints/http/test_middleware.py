"""What every answer carries: an id, headers for browsers, permission for other sites' pages."""

import httpx2
import pytest

from entrypoints.http.app import EdgeConfig, create_app
from entrypoints.http.log_context import current
from tests.tables import over_rows
from tests.unit.entrypoints.http.conftest import Lines
from tests.unit.entrypoints.http.sample import SampleDoor, authenticate

pytestmark = pytest.mark.anyio

PATHS = ["/things", "/nope", "/fault", "/both"]
ORIGIN = {"Origin": "https://app.example"}
STRANGER = {"Origin": "https://evil.example"}


class TestRequestIds:
    @pytest.mark.parametrize("own", ["1", "12345678", "a-b_c.D9" * 16, "Root=1-67;x/y~{}!"])
    async def test_a_sane_one_is_kept(self, client: httpx2.AsyncClient, own: str) -> None:
        assert (await client.get("/things", headers={"X-Request-Id": own})).headers["x-request-id"] == own

    @over_rows("own", ["a" * 129, "has space in it", "", "\xe4\xf6\xfc\xe4\xf6\xfc\xe4\xf6"])
    async def test_any_other_is_replaced(self, client: httpx2.AsyncClient, own: str) -> None:
        answer = await client.get("/things", headers=[(b"X-Request-Id", own.encode("latin-1"))])
        assert len(answer.headers["x-request-id"]) == 32

    async def test_each_request_has_another(self, client: httpx2.AsyncClient) -> None:
        ids = {(await client.get(path)).headers["x-request-id"] for path in PATHS}
        assert len(ids) == len(PATHS)

    async def test_errors_repeat_it_in_their_body(self, client: httpx2.AsyncClient) -> None:
        for path in PATHS[1:]:
            answer = await client.get(path)
            assert answer.json()["request_id"] == answer.headers["x-request-id"]

    async def test_nothing_stays_behind(self, client: httpx2.AsyncClient) -> None:
        await client.get("/things")
        assert current() is None


class TestSecurityHeaders:
    @pytest.mark.parametrize("path", PATHS)
    async def test_they_are_everywhere(self, client: httpx2.AsyncClient, path: str) -> None:
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in headers
        assert "server" not in headers

    async def test_a_route_may_say_its_own(self, client: httpx2.AsyncClient) -> None:
        answer = await client.get("/docs")
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert len(answer.headers.get_list("content-security-policy")) == 1

    async def test_https_stays_https(self) -> None:
        edge = EdgeConfig(public_url="https://darkroom.test")
        transport = httpx2.ASGITransport(app=create_app([SampleDoor()], edge=edge, authenticator=authenticate))
        async with httpx2.AsyncClient(transport=transport, base_url="http://darkroom.test") as client:
            assert "max-age=" in (await client.get("/things")).headers["strict-transport-security"]


class TestCors:
    async def test_what_upload_widgets_and_tracing_send_is_allowed(self, client: httpx2.AsyncClient) -> None:
        wanted = "x-requested-with, cache-control, if-match, if-none-match, if-range, range, traceparent, tracestate"
        ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": wanted}
        assert (await client.options("/things", headers=ORIGIN | ask)).status_code == 200

    @pytest.mark.parametrize("path", PATHS)
    async def test_a_known_page_may_read_every_answer(self, client: httpx2.AsyncClient, path: str) -> None:
        headers = (await client.get(path, headers=ORIGIN)).headers
        assert headers["access-control-allow-origin"] == "https://app.example"
        assert "Origin" in headers["vary"]
        assert "X-Request-Id" in headers["access-control-expose-headers"]
        assert "Retry-After" in headers["access-control-expose-headers"]

    async def test_a_stranger_may_not(self, client: httpx2.AsyncClient) -> None:
        assert "access-control-allow-origin" not in (await client.get("/things", headers=STRANGER)).headers

    async def test_the_headers_of_our_clients_are_named(self, client: httpx2.AsyncClient) -> None:
        wanted = "authorization, content-type, x-api-key, x-project-id, idempotency-key"
        ask = {"Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": wanted}
        answer = await client.options("/things", headers=ORIGIN | ask)
        assert answer.status_code == 200
        allowed = answer.headers["access-control-allow-headers"].lower()
        assert all(name in allowed for name in wanted.split(", "))
        assert "*" not in allowed

    async def test_preflights_are_no_errors_in_the_log(self, client: httpx2.AsyncClient, logged: Lines) -> None:
        for origin in (ORIGIN, STRANGER):
            await client.options("/things", headers=origin | {"Access-Control-Request-Method": "GET"})
        assert logged.all[0] == "Cors | OPTIONS /things | res=200"
        assert logged.all[1].startswith("Cors | OPTIONS /things | res=400 | ")

    async def test_a_refused_preflight_is_a_problem(self, client: httpx2.AsyncClient) -> None:
        answer = await client.options("/things", headers=STRANGER | {"Access-Control-Request-Method": "GET"})
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "cors_refused"
        assert answer.headers["content-length"] == str(len(answer.content))
        assert "access-control-allow-origin" not in answer.headers
