"""What is measured of requests, and the page on which all of it can be read."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx2
import pytest

from adapters.memory.backlog import MemoryBacklog
from adapters.memory.clock import ManualClock
from adapters.memory.measures import MemoryMeasures
from adapters.memory.rate_limiter import MemoryRateLimiter
from adapters.memory.state import MemoryDatabase
from adapters.prometheus.measures import PrometheusMeasures
from adapters.prometheus.page import PrometheusPage
from adapters.prometheus.values import keep_in_process
from adapters.system.clock import SystemClock
from application.ports.backlog import ENDED, UNFINISHED, JobState, Standing
from application.ports.measures import Measures
from domain.errors import Unavailable
from domain.jobs import JobKind
from entrypoints.http import backlog_watch
from entrypoints.http.app import create_app
from entrypoints.http.backlog_watch import BacklogWatch
from entrypoints.http.operations import Door
from entrypoints.http.routes.metrics import MetricsDoor
from tests.tables import over_rows
from tests.unit.adapters.exposition import read
from tests.unit.entrypoints.http.conftest import EDGE
from tests.unit.entrypoints.http.sample import THING, SampleDoor, authenticate
from tests.unit.entrypoints.world import world

pytestmark = pytest.mark.anyio

TOKEN = "a token for collectors"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def measures() -> MemoryMeasures:
    return MemoryMeasures()


@asynccontextmanager
async def calling(*doors: Door, measures: Measures | None = None) -> AsyncIterator[httpx2.AsyncClient]:
    limiter = MemoryRateLimiter(ManualClock())
    app = create_app(doors, edge=EDGE, authenticator=authenticate, limiter=limiter, measures=measures)
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://darkroom.test") as client:
        yield client


def metrics_door(token: str | None = None) -> tuple[PrometheusMeasures, MetricsDoor]:
    keep_in_process()
    measures = PrometheusMeasures()
    page = PrometheusPage(measures, program="serve", version="1.2.3")
    return measures, MetricsDoor(page, MemoryBacklog(MemoryDatabase(SystemClock())), token)


class TestRequests:
    @pytest.mark.parametrize(
        ("method", "path", "counted"),
        [
            ("GET", "/things", ("/things", "GET", 200)),
            ("HEAD", "/things", ("/things", "HEAD", 200)),
            ("GET", f"/things/{THING}", ("/things/{thing_id}", "GET", 401)),
            ("GET", "/things/nonsense/parts/x", ("/things/{thing_id}/parts/{name}", "GET", 200)),
            ("GET", "/things/nonsense/parts/first", ("/things/{thing_id}/parts/first", "GET", 200)),
            ("GET", "/blobs/a/b/c.png", ("/blobs/{key}", "GET", 200)),
            ("PUT", "/things", ("/things", "PUT", 405)),
            ("BREW", "/things", ("/things", "other", 405)),
            ("GET", "/no/such/path", ("none", "GET", 404)),
            ("GET", "/things/%00", ("none", "GET", 404)),
            ("X" * 100, "/" + "y" * 100, ("none", "other", 404)),
            ("GET", "/fault", ("/fault", "GET", 500)),
            ("POST", "/things", ("/things", "POST", 400)),
        ],
    )
    async def test_they_are_counted_by_the_path_as_it_was_declared(
        self, measures: MemoryMeasures, method: str, path: str, counted: tuple[str, str, int]
    ) -> None:
        async with calling(SampleDoor(), measures=measures) as client:
            await client.request(method, path)
        assert measures.answers == {counted: 1}

    async def test_preflights_are_counted_too(self, measures: MemoryMeasures) -> None:
        asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
        async with calling(SampleDoor(), measures=measures) as client:
            await client.options("/things", headers=asked)
        assert measures.answers == {("none", "OPTIONS", 200): 1}

    async def test_bytes_of_bodies_both_ways(self, measures: MemoryMeasures) -> None:
        async with calling(SampleDoor(), measures=measures) as client:
            answer = await client.post("/raw", content=b"x" * 999)
            stream = await client.get("/stream")
            head = await client.head("/stream")
        assert measures.received == {"/raw": 999, "/stream": 0}
        assert measures.sent == {"/raw": len(answer.content), "/stream": len(stream.content)}
        assert not head.content

    async def test_the_time_is_that_of_the_whole_answer(self, measures: MemoryMeasures) -> None:
        async with calling(SampleDoor(), measures=measures) as client:
            await client.get("/things")
        assert 0 < measures.answer_seconds["/things", "GET"] < 5

    async def test_a_request_that_breaks_off_is_counted_too(self, measures: MemoryMeasures) -> None:
        async with calling(SampleDoor(), measures=measures) as client:
            task = asyncio.ensure_future(client.get("/slow"))
            await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.wait([task])
        assert measures.answers == {("/slow", "GET", 503): 1}

    async def test_nobody_can_make_up_labels(self) -> None:
        measures, door = metrics_door()
        async with calling(SampleDoor(), door, measures=measures) as client:
            for number in range(50):
                await client.request(f"M{number}", f"/made/up/{number}")
                await client.get(f"/things/{number}/parts/{number}")
                await client.get(f"/blobs/{number}/secret")
            page = read((await client.get("/metrics")).text)
        assert page.values("route") == {"none", "/things/{thing_id}/parts/{name}", "/blobs/{key}"}
        assert page.values("method") == {"other", "GET"}


class TestThePage:
    async def test_is_what_prometheus_reads(self) -> None:
        measures, door = metrics_door()
        async with calling(SampleDoor(), door, measures=measures) as client:
            for _ in range(3):
                await client.get("/things")
            answer = await client.get("/metrics")
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        page = read(answer.text)
        assert page("darkroom_http_requests_total", route="/things", method="GET", status="200") == 3
        assert page("darkroom_http_request_duration_seconds_count", route="/things", method="GET") == 3

    async def test_of_a_whole_darkroom_shows_its_queue(self) -> None:
        async with world() as here:
            page = read((await here.client.get("/metrics")).text)
        assert page.total("darkroom_jobs") == 1
        assert page.total("darkroom_build_info") == 1

    @over_rows(
        "headers",
        [
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": f"Basic {TOKEN}"},
            {"Authorization": f"Bearer {TOKEN}x"},
            {"Authorization": "Bearer"},
            {"Authorization": TOKEN},
            {"X-Api-Key": TOKEN},
        ],
    )
    async def test_with_a_token_it_is_for_those_who_have_it(self, headers: dict[str, str]) -> None:
        async with calling(metrics_door(TOKEN)[1]) as client:
            refused = await client.get("/metrics", headers=headers)
            let_in = await client.get("/metrics", headers=BEARER)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["code"] == "not_signed_in"
        assert TOKEN not in refused.text
        assert let_in.status_code == 200

    async def test_the_setting_names_the_token(self) -> None:
        async with world(METRICS_TOKEN="for-collectors") as here:
            assert (await here.client.get("/metrics")).status_code == 401
            assert (await here.client.get("/metrics", headers=here.headers["su"])).status_code == 401
            answer = await here.client.get("/metrics", headers={"Authorization": "bearer for-collectors"})
            assert answer.status_code == 200

    @pytest.mark.slow
    async def test_who_asks_too_often_is_told_so(self) -> None:
        async with calling(metrics_door()[1]) as client:
            statuses = [(await client.head("/metrics")).status_code for _ in range(601)]
        assert (statuses.count(200), statuses[-1]) == (600, 429)


class Counting:
    """A queue whose unfinished jobs are counted slowly, or not at all; or else those that ended."""

    def __init__(
        self, seconds: float = 0, error: Exception | None = None, *, of_ended: Exception | None = None
    ) -> None:
        self.seconds, self.error, self.of_ended, self.times = seconds, error, of_ended, 0

    async def unfinished(self) -> Sequence[Standing]:
        self.times += 1
        await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return [Standing(JobKind.HASH_FILE, JobState.WAITING, self.times)]

    async def ended(self) -> Sequence[Standing]:
        if self.of_ended is not None:
            raise self.of_ended
        return []


async def told(watch: BacklogWatch) -> Sequence[int]:
    backlog = await watch()
    return [each.jobs for each in backlog.standings] if backlog else []


async def counted(watch: BacklogWatch) -> frozenset[JobState] | None:
    backlog = await watch()
    return backlog.counted if backlog else None


class TestTheQueue:
    async def test_says_which_states_it_knows(self) -> None:
        gone = Unavailable("gone")
        assert await counted(BacklogWatch(Counting())) == UNFINISHED | ENDED
        assert await counted(BacklogWatch(Counting(of_ended=gone))) == UNFINISHED
        assert await counted(BacklogWatch(Counting(error=gone))) == ENDED
        assert await counted(BacklogWatch(Counting(error=gone, of_ended=gone))) is None

    async def test_is_counted_once_however_many_ask(self) -> None:
        counting = Counting(0.05)
        watch = BacklogWatch(counting)
        assert await asyncio.gather(*(told(watch) for _ in range(5))) == [[1]] * 5
        assert counting.times == 1

    async def test_what_took_long_is_not_counted_again_soon(self) -> None:
        counting = Counting(0.02)
        watch = BacklogWatch(counting)
        for _ in range(5):
            assert await told(watch) == [1]
            await asyncio.sleep(0.01)
        assert counting.times == 1

    @pytest.mark.slow
    async def test_what_takes_no_time_is_as_of_now(self) -> None:
        counting = Counting()
        watch = BacklogWatch(counting)
        for times in range(1, 4):
            assert await told(watch) == [times]
            await asyncio.sleep(0.1)

    async def test_what_takes_too_long_is_left_to_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(backlog_watch, "PATIENCE", 0.02)
        counting = Counting(0.1)
        watch = BacklogWatch(counting)
        assert await counted(watch) == ENDED
        await asyncio.sleep(0.12)
        assert await told(watch) == [1]
        assert counting.times == 1

    @pytest.mark.parametrize("error", [Unavailable("gone"), KeyError("a mistake of ours")])
    async def test_what_cannot_be_counted_is_left_out(self, error: Exception) -> None:
        watch = BacklogWatch(Counting(error=error))
        assert await told(watch) == []
