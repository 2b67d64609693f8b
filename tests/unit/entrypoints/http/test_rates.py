"""Who asks too often is told so, and when to come back; by addresses that nobody can make up."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
from starlette.requests import Request
from starlette.types import ASGIApp

from adapters.memory.clock import ManualClock
from adapters.memory.rate_limiter import MemoryRateLimiter
from domain.rates import Limit
from entrypoints.http.app import create_app
from entrypoints.http.operations import Auth, Op
from entrypoints.http.rates import EVERYTHING_ELSE, LOGIN, METRICS, PRESIGN, REFRESH, REGISTER, RateRule, counted_as
from entrypoints.http.routes.health import HealthDoor, Readiness
from entrypoints.http.server import as_seen, serve
from tests.servers import http
from tests.tables import over_rows
from tests.unit.entrypoints.http.conftest import EDGE, Lines
from tests.unit.entrypoints.http.sample import SampleDoor, authenticate

pytestmark = pytest.mark.anyio

FEW = RateRule("few", Limit(3, timedelta(minutes=1)))
RATE_HEADERS = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")


class RatedDoor:
    """Routes of every kind, as seen by limits."""

    tag = "Rated"

    def operations(self) -> Sequence[Op]:
        def op(method: str, path: str, **rest: object) -> Op:
            return Op(method, path, self.answer, module="Rated", hidden=True, **rest)  # type: ignore[arg-type]

        return [
            op("POST", "/few", rate=FEW),
            op("POST", "/same", rate=FEW),
            op("POST", "/other", rate=replace(FEW, name="other")),
            op("GET", "/locked", rate=FEW, auth=Auth.USER),
            op("GET", "/usual"),
            op("GET", "/free", rate=None),
        ]

    async def answer(self, request: Request) -> str | None:
        return request.client.host if request.client else None


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def app(clock: ManualClock) -> ASGIApp:
    doors = [RatedDoor(), SampleDoor(), HealthDoor({"database": None}, Readiness(), "1")]
    return create_app(doors, edge=EDGE, authenticator=authenticate, limiter=MemoryRateLimiter(clock))


@asynccontextmanager
async def calling(app: ASGIApp, address: str | None = "203.0.113.7") -> AsyncIterator[httpx2.AsyncClient]:
    client = (address, 1234) if address is not None else None
    transport = httpx2.ASGITransport(app=app, client=client)  # type: ignore[arg-type]
    async with httpx2.AsyncClient(transport=transport, base_url="http://darkroom.test") as caller:
        yield caller


async def statuses(client: httpx2.AsyncClient, count: int, path: str = "/few", **headers: str) -> list[int]:
    return [(await client.post(path, headers=headers)).status_code for _ in range(count)]


class TestTheAnswer:
    async def test_says_how_many_are_left(self, client: httpx2.AsyncClient) -> None:
        answers = [await client.post("/few") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200] * 3
        assert [tuple(answer.headers[name] for name in RATE_HEADERS) for answer in answers] == [
            ("3", "2", "20"),
            ("3", "1", "40"),
            ("3", "0", "60"),
        ]

    async def test_too_many_is_a_problem_that_says_when_to_come_back(
        self, client: httpx2.AsyncClient, logged: Lines
    ) -> None:
        assert await statuses(client, 3) == [200] * 3
        answer = await client.post("/few", headers={"X-Request-Id": "my-request-1"})
        assert answer.status_code == 429
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"] == "20"
        assert tuple(answer.headers[name] for name in RATE_HEADERS) == ("3", "0", "60")
        detail = "too many requests from this address; try again in 20 s"
        assert answer.json() == {
            "type": "about:blank",
            "title": "Too Many Requests",
            "status": 429,
            "detail": detail,
            "code": "rate_limited",
            "error": detail,
            "request_id": "my-request-1",
        }
        assert logged.all[-1] == f"Rated | POST /few | res=429 | {detail}"

    async def test_coming_back_then_is_enough(self, client: httpx2.AsyncClient, clock: ManualClock) -> None:
        assert await statuses(client, 4) == [200, 200, 200, 429]
        clock.advance(timedelta(seconds=19))
        assert await statuses(client, 1) == [429]
        clock.advance(timedelta(seconds=1))
        assert await statuses(client, 2) == [200, 429]

    @pytest.mark.parametrize(
        ("path", "status"), [("/things?limit=0", 422), ("/key", 401), ("/fault", 500), ("/stream", 200)]
    )
    async def test_every_answer_of_a_limited_route_says_it(
        self, client: httpx2.AsyncClient, path: str, status: int
    ) -> None:
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["ratelimit-limit"]) == (status, "6000")
        assert [name for name, _ in answer.headers.multi_items() if name.startswith("ratelimit")] == list(RATE_HEADERS)

    async def test_pages_of_other_sites_may_read_it(self, client: httpx2.AsyncClient) -> None:
        answer = await client.post("/few", headers={"Origin": "https://app.example"})
        exposed = answer.headers["access-control-expose-headers"].lower().split(", ")
        assert {*RATE_HEADERS, "retry-after"} <= set(exposed)


class TestWhatIsCounted:
    async def test_one_name_is_one_count(self, client: httpx2.AsyncClient) -> None:
        assert await statuses(client, 2, "/few") + await statuses(client, 2, "/same") == [200, 200, 200, 429]
        assert await statuses(client, 1, "/other") == [200]

    async def test_a_request_counts_before_anybody_looks_at_who_asks(self, client: httpx2.AsyncClient) -> None:
        found = [(await client.get("/locked", headers={"Authorization": "Bearer wrong"})).status_code for _ in range(4)]
        assert found == [401, 401, 401, 429]

    async def test_each_address_by_itself(self, app: ASGIApp, client: httpx2.AsyncClient) -> None:
        assert await statuses(client, 4) == [200, 200, 200, 429]
        async with calling(app, "203.0.113.8") as other:
            assert await statuses(other, 4) == [200, 200, 200, 429]

    async def test_what_a_request_says_of_its_address_is_not_believed(self, client: httpx2.AsyncClient) -> None:
        names = ("X-Forwarded-For", "X-Real-Ip", "Forwarded", "True-Client-Ip", "Cf-Connecting-Ip")
        found = [(await client.post("/few", headers={name: "198.51.100.1"})).status_code for name in names]
        assert found == [200, 200, 200, 429, 429]

    async def test_an_ipv6_customer_is_one_address(self, app: ASGIApp) -> None:
        found = []
        for host in ("2001:db8:1:1::1", "2001:db8:1:1:ffff::2", "2001:db8:1:1:a:b:c:d", "2001:db8:1:1::1"):
            async with calling(app, host) as client:
                found += await statuses(client, 1)
        assert found == [200, 200, 200, 429]
        async with calling(app, "2001:db8:1:2::1") as neighbour:
            assert await statuses(neighbour, 1) == [200]

    async def test_connections_without_an_address_count_together(self, app: ASGIApp) -> None:
        found = []
        for host in (None, "", "somewhere", None):
            async with calling(app, host) as client:
                found += await statuses(client, 1)
        assert found == [200, 200, 200, 429]

    @pytest.mark.parametrize(
        "path", ["/health", "/health/ready", "/health/database", "/docs", "/openapi.json", "/docs/assets/x", "/free"]
    )
    async def test_what_must_always_answer_is_not_counted(self, client: httpx2.AsyncClient, path: str) -> None:
        answer = await client.get(path)
        assert answer.status_code in {200, 404}
        assert not set(RATE_HEADERS) & set(answer.headers)

    async def test_without_a_limiter_nothing_is(self) -> None:
        async with calling(create_app([RatedDoor()], edge=EDGE, authenticator=authenticate)) as client:
            assert await statuses(client, 10) == [200] * 10
            assert not set(RATE_HEADERS) & set((await client.post("/few")).headers)


@over_rows(
    ("host", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("", ""),
        ("unknown", ""),
        ("x" * 10_000, ""),
    ],
)
def test_what_an_address_is_counted_as(host: str, counted: str) -> None:
    assert counted_as(host) == counted


def test_the_rules() -> None:
    told = {rule.name: (rule.limit.count, rule.limit.per.total_seconds()) for rule in (LOGIN, REGISTER, REFRESH)}
    assert told == {"login": (300, 60), "register": (60, 60), "refresh": (600, 60)}
    assert (PRESIGN.limit, METRICS.limit) == (REFRESH.limit, REFRESH.limit)
    assert EVERYTHING_ELSE.limit == Limit(6_000, timedelta(seconds=10))
    assert len({rule.name for rule in (LOGIN, REGISTER, REFRESH, PRESIGN, METRICS, EVERYTHING_ELSE)}) == 6


class TestBehindProxies:
    """On a real socket, where the server decides whom to believe."""

    @asynccontextmanager
    async def serving(self, app: ASGIApp, *trusted: str) -> AsyncIterator[httpx2.AsyncClient]:
        stop, url = asyncio.Event(), asyncio.get_running_loop().create_future()
        running = asyncio.create_task(
            serve(app, host="127.0.0.1", port=0, grace=1, stop=stop, on_ready=url.set_result, trusted_proxies=trusted)
        )
        async with http.AsyncClient(base_url=await asyncio.wait_for(url, 5)) as client:
            yield client
        stop.set()
        await asyncio.wait_for(running, 5)

    @pytest.mark.parametrize("trusted", [(), ("10.0.0.0/8",), ("127.0.0.2",)])
    async def test_strangers_are_not_believed(self, app: ASGIApp, trusted: tuple[str, ...]) -> None:
        async with self.serving(app, *trusted) as client:
            answers = [await client.post("/few", headers={"X-Forwarded-For": f"198.51.100.{n}"}) for n in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[0].json() == "127.0.0.1"

    @pytest.mark.parametrize("trusted", [("127.0.0.1",), ("127.0.0.0/8",), ("::1", "127.0.0.1/32")])
    async def test_trusted_proxies_say_who_asks(self, app: ASGIApp, trusted: tuple[str, ...]) -> None:
        async with self.serving(app, *trusted) as client:
            for n in range(5):
                answer = await client.post("/few", headers={"X-Forwarded-For": f"198.51.100.{n}"})
                assert (answer.status_code, answer.json()) == (200, f"198.51.100.{n}")
            assert (await client.post("/few")).json() == "127.0.0.1"

    async def test_only_what_the_trusted_ones_added_counts(self, app: ASGIApp) -> None:
        async with self.serving(app, "127.0.0.1", "10.0.0.0/8") as client:
            lies = [f"192.0.2.{n}, 198.51.100.9, 10.1.2.3" for n in range(4)]
            answers = [await client.post("/few", headers={"X-Forwarded-For": said}) for said in lies]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[0].json() == "198.51.100.9"


def test_ipv4_proxies_are_known_on_sockets_for_both_families() -> None:
    assert as_seen(("10.0.0.0/8", "192.0.2.1", "2001:db8::/32")) == [
        "10.0.0.0/8",
        "192.0.2.1/32",
        "2001:db8::/32",
        "::ffff:10.0.0.0/104",
        "::ffff:192.0.2.1/128",
    ]
