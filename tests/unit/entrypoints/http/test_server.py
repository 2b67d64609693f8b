"""The edge on a real socket: lies about lengths, slowness, early answers, stopping."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from time import monotonic

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from entrypoints.http.app import EdgeConfig, create_app
from entrypoints.http.middleware import incoming_bodies
from entrypoints.http.operations import Op
from entrypoints.http.protocol import GuardedProtocol
from entrypoints.http.routes.health import Readiness
from entrypoints.http.server import CannotServe, listen, serve
from tests.unit.entrypoints.http.conftest import EDGE, Lines
from tests.unit.entrypoints.http.sample import SampleDoor, authenticate

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

JSON = "Content-Type: application/json\r\n"
GRACE = 60


class Running:
    """A server under test."""

    def __init__(self, app: ASGIApp, grace: float = 2) -> None:
        self.stop, self.now = asyncio.Event(), asyncio.Event()
        self.readiness = Readiness()
        self._app, self._grace = app, grace
        self._ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        await serve(
            self._app,
            host="127.0.0.1",
            port=0,
            grace=self._grace,
            stop=self.stop,
            now=self.now,
            readiness=self.readiness,
            on_ready=self._ready.set_result,
        )

    async def port(self) -> int:
        return int((await self._ready).rpartition(":")[2])


@asynccontextmanager
async def running(app: ASGIApp, grace: float = 2) -> AsyncIterator[tuple[Running, int]]:
    server = Running(app, grace)
    task = asyncio.create_task(server.run())
    try:
        yield server, await asyncio.wait_for(server.port(), 5)
    finally:
        server.stop.set()
        server.now.set()
        await asyncio.wait_for(task, 5)


@pytest.fixture(scope="module")
async def port() -> AsyncIterator[int]:
    app = create_app([SampleDoor()], edge=EDGE, authenticator=authenticate)
    async with running(app) as (_, port):
        yield port


class Client:
    """A client that sends exactly what it is told."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, text: str | bytes) -> None:
        self.writer.write(text.encode() if isinstance(text, str) else text)
        await self.writer.drain()

    async def head(self) -> tuple[int, str]:
        head = (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 5)).decode().lower()
        return int(head.split()[1]), head

    async def answer(self) -> tuple[int, str, bytes]:
        status, head = await self.head()
        length = re.search(r"content-length: (\d+)", head)
        return status, head, await self.reader.readexactly(int(length[1])) if length else b""

    async def is_closed(self, within: float = 5) -> bool:
        with suppress(ConnectionError):
            return await asyncio.wait_for(self.reader.read(1), within) == b""
        return True


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


def request(method: str, path: str, headers: str = "") -> str:
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n"


async def test_requests_follow_each_other_on_one_connection(port: int) -> None:
    async with connected(port) as client:
        for _ in range(3):
            await client.send(request("GET", "/things"))
            status, head, body = await client.answer()
            assert (status, json.loads(body)["page"]) == (200, 1)
            assert "date: " in head
            assert "server: " not in head


class TestBodies:
    async def test_one_that_stops_coming_is_given_up(self, port: int, logged: Lines) -> None:
        async with connected(port) as client:
            await client.send(request("POST", "/things", JSON + "Content-Length: 100\r\n") + '{"name"')
            started = monotonic()
            status, head, body = await client.answer()
            assert (status, json.loads(body)["code"]) == (408, "request_timeout")
            assert "connection: close" in head
            assert await client.is_closed(0.5)
            assert EDGE.receive_timeout <= monotonic() - started < EDGE.receive_timeout + 1
        assert "Thing | POST /things | res=408 | the request body came too slowly; try again" in logged.all

    async def test_one_that_drips_is_given_up(self, port: int) -> None:
        async with connected(port) as client:
            await client.send(request("POST", "/things", JSON + "Content-Length: 1000\r\n"))
            answering = asyncio.create_task(client.answer())
            started = monotonic()
            while not answering.done() and monotonic() - started < 3:
                with suppress(ConnectionError):
                    await client.send(" ")
                await asyncio.sleep(0.05)
            status, _, _ = await answering
            assert status == 408
            assert monotonic() - started < 1.5

    async def test_one_that_comes_steadily_is_not(self, port: int) -> None:
        async with connected(port) as client:
            await client.send(request("POST", "/raw", "Content-Length: 1000\r\n"))
            for _ in range(10):
                await client.send("x" * 100)
                await asyncio.sleep(0.06)
            assert (await client.answer())[::2] == (200, b"1000")

    async def test_what_the_application_takes_its_time_for_does_not_count(self, door: SampleDoor) -> None:
        async def slow_reader(scope: Scope, receive: Receive, send: Send) -> None:
            await asyncio.sleep(0.5)
            await app(scope, receive, send)

        app = create_app([door], edge=EDGE, authenticator=authenticate)
        async with running(slow_reader_around(app, slow_reader)) as (_, port), connected(port) as client:
            await client.send(request("POST", "/raw", "Content-Length: 10\r\n") + "x" * 10)
            assert (await client.answer())[::2] == (200, b"10")

    @pytest.mark.parametrize("path", ["/raw", "/nope", "/things", "/key"])
    async def test_a_client_in_the_middle_of_sending_gets_its_answer(self, port: int, path: str) -> None:
        megabytes = 8 << 20
        async with connected(port) as client:
            await client.send(request("POST", path, JSON + f"Content-Length: {megabytes}\r\n"))
            sending = asyncio.create_task(client.send(b"x" * megabytes))
            status, head, body = await client.answer()
            assert status == {"/raw": 413, "/nope": 404, "/things": 413, "/key": 405}[path]
            assert json.loads(body)["status"] == status
            assert "connection: close" in head
            await asyncio.wait_for(sending, 5)
            assert await client.is_closed()

    async def test_a_chunked_body_past_its_cap(self, port: int) -> None:
        async with connected(port) as client:
            await client.send(request("POST", "/raw", "Transfer-Encoding: chunked\r\n"))
            for _ in range(11):
                await client.send(b"64\r\n" + b"x" * 100 + b"\r\n")
            status, head, _ = await client.answer()
            assert status == 413
            assert "connection: close" in head
            await client.send("0\r\n\r\n")
            assert await client.is_closed()

    async def test_an_unread_body_that_never_ends_does_not_hold_the_connection(
        self, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(incoming_bodies, "LINGER", 0.2)
        async with connected(port) as client:
            await client.send(request("POST", "/early", "Content-Length: 1000\r\n") + "x")
            started = monotonic()
            assert (await client.answer())[::2] == (200, b"no, thank you")
            assert await client.is_closed()
            assert monotonic() - started < 1

    async def test_a_small_unread_body_costs_no_connection(self, port: int) -> None:
        async with connected(port) as client:
            for _ in range(2):
                await client.send(request("POST", "/early", "Content-Length: 5\r\n") + "hello")
                status, head, _ = await client.answer()
                assert status == 200
                assert "connection: close" not in head

    async def test_who_asks_first_is_refused_without_sending(self, port: int) -> None:
        async with connected(port) as client:
            await client.send(request("POST", "/raw", "Expect: 100-continue\r\nContent-Length: 5000\r\n"))
            status, head, _ = await client.answer()
            assert status == 413
            assert "connection: close" in head
            assert await client.is_closed(1)

    async def test_who_asks_first_may_go_on(self, port: int) -> None:
        async with connected(port) as client:
            await client.send(request("POST", "/raw", "Expect: 100-continue\r\nContent-Length: 3\r\n"))
            assert (await client.head())[0] == 100
            await client.send("abc")
            assert (await client.answer())[::2] == (200, b"3")

    @pytest.mark.parametrize("path", ["/raw", "/things"])
    async def test_a_shorter_body_than_announced_is_no_whole_body(self, port: int, logged: Lines, path: str) -> None:
        async with connected(port) as client:
            await client.send(request("POST", path, JSON + "Content-Length: 100\r\n") + "x" * 50)
        await until(lambda: f"POST {path}" in logged.text)
        told = [line for line in logged.all if "POST" in line]
        assert told == [f"Thing | POST {path} | res=499 | the client went away"]

    async def test_a_longer_body_than_announced_is_another_request(self, port: int) -> None:
        async with connected(port) as client:
            await client.send(request("POST", "/raw", "Content-Length: 3\r\n") + "abcGARBAGE\r\n\r\n")
            assert (await client.answer())[::2] == (200, b"3")
            assert await client.is_closed(1)

    async def test_garbage_after_a_request_waits_for_its_answer_and_is_noted_once(
        self, port: int, logged: Lines
    ) -> None:
        async with connected(port) as client:
            await client.send(request("GET", "/slow"))
            for _ in range(3):
                await client.send("GARBAGE\r\n\r\n")
                await asyncio.sleep(0.05)
            assert (await client.answer())[0] == 200
            assert await client.is_closed(1)
        assert logged.text.count("Invalid HTTP request") == 1

    async def test_chunks_that_are_none_end_the_connection(self, port: int, logged: Lines) -> None:
        async with connected(port) as client:
            await client.send(request("POST", "/raw", "Transfer-Encoding: chunked\r\n") + "3\r\nabc\r\nZZ\r\n")
            assert await client.is_closed(1)
        await until(lambda: "POST /raw" in logged.text)
        assert "res=499" in logged.text

    async def test_two_lengths_are_refused(self, port: int) -> None:
        for lie in (
            "Content-Length: 3\r\nContent-Length: 5\r\n",
            "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        ):
            async with connected(port) as client:
                await client.send(request("POST", "/raw", lie) + "abcde")
                status, head, _ = await client.answer()
                assert status == 400
                assert "application/problem+json" in head


class TestHeads:
    @pytest.fixture(autouse=True)
    def impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(GuardedProtocol, "head_seconds", 0.3)

    async def test_who_says_nothing_hears_nothing(self, port: int) -> None:
        async with connected(port) as client:
            assert await asyncio.wait_for(client.reader.read(), 2) == b""

    @pytest.mark.parametrize("start", ["G", "GET /things HTTP/1.1\r\nHost: localhost\r\nX-A: "])
    async def test_one_that_does_not_come_is_given_up(self, port: int, start: str) -> None:
        async with connected(port) as client:
            await client.send(start)
            assert (await client.answer())[0] == 408
            assert await client.is_closed()

    async def test_one_that_stops_after_another_request(self, port: int) -> None:
        async with connected(port) as client:
            await client.send(request("GET", "/things"))
            assert (await client.answer())[0] == 200
            await client.send("GET /things HTTP/1.1\r\n")
            assert (await client.answer())[0] == 408
            assert await client.is_closed()

    async def test_a_slow_answer_is_not_a_slow_head(self, port: int) -> None:
        async with connected(port) as client:
            await client.send(request("GET", "/slow"))
            assert (await client.answer())[0] == 200

    async def test_one_that_does_not_end_is_given_up(self, port: int) -> None:
        async with connected(port) as client:
            await client.send("GET / HTTP/1.1\r\n")
            with suppress(ConnectionError):
                for _ in range(30):
                    await client.send("X-A: " + "a" * 4000 + "\r\n")
            status, _, body = await client.answer()
            assert (status, json.loads(body)["code"]) == (431, "headers_too_large")

    async def test_what_is_no_http_is_told_so(self, port: int) -> None:
        async with connected(port) as client:
            await client.send("\x16\x03\x01 hello\r\n\r\n")
            status, head, body = await client.answer()
            assert (status, json.loads(body)["code"]) == (400, "malformed_request")
            assert "application/problem+json" in head
            assert f"x-request-id: {json.loads(body)['request_id']}" in head

    @pytest.mark.parametrize(
        "start",
        [
            "GET /\xff HTTP/1.1",
            "GET /a b HTTP/1.1",
            "GET ? HTTP/1.1",
            "GET http://[::1 HTTP/1.1",
            "GET / HTTP/9.9",
            "OPTIONS * HTTP/1.1",
            "CONNECT a:1 HTTP/1.1",
            "GET //// HTTP/1.1",
            "GET /%00%ff%2f.. HTTP/1.1",
            "GET /things HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: upgrade",
            "GET /things HTTP/1.1\r\nX-A: \x00",
            "PRI * HTTP/2.0",
        ],
    )
    async def test_no_request_line_breaks_the_server(self, port: int, logged: Lines, start: str) -> None:
        async with connected(port) as client:
            await client.send(start.encode("latin-1") + b"\r\n\r\n")
            status, head, _ = await client.answer()
            assert status in {200, 400, 404, 405, 408, 421}
            assert "application/" in head
        assert "Traceback" not in logged.text


async def seconds_of_a_request(port: int) -> float:
    """The quickest of many, each on a connection of its own: what one takes when nothing else disturbs."""
    took = []
    for _ in range(50):
        started = monotonic()
        async with connected(port) as client:
            await client.send(request("GET", "/things"))
            assert (await client.answer())[0] == 200
        took.append(monotonic() - started)
    return min(took)


async def test_normal_requests_stay_fast_beside_idle_ones(port: int) -> None:
    alone = await seconds_of_a_request(port)
    idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(300)]
    try:
        for n, (_, writer) in enumerate(idle):
            writer.write(
                b"" if n % 3 == 0 else b"GET /th" if n % 3 == 1 else b"POST /raw HTTP/1.1\r\nContent-Length: 9\r\n\r\nx"
            )
        assert await seconds_of_a_request(port) < 5 * alone
    finally:
        for _, writer in idle:
            writer.close()


async def test_an_answer_that_breaks_off_is_seen_to_be_incomplete(port: int, logged: Lines) -> None:
    async with connected(port) as client:
        await client.send(request("GET", "/broken-stream"))
        _, head = await client.head()
        assert "content-length: 1000" in head
        assert await asyncio.wait_for(client.reader.read(), 5) == b"some"
    assert "in the middle" in logged.text
    assert "Thing | GET /broken-stream | res=200 | the answer broke off" in logged.all


class TestStopping:
    async def test_running_requests_are_finished(self, door: SampleDoor) -> None:
        app = create_app([door], edge=EdgeConfig(public_url="http://darkroom.test"), authenticator=authenticate)
        server = Running(app)
        task = asyncio.create_task(server.run())
        async with connected(await server.port()) as client:
            await client.send(request("GET", "/slow"))
            await asyncio.sleep(0.1)
            server.stop.set()
            assert (await client.answer())[::2] == (200, b'"done"')
        await asyncio.wait_for(task, 3)
        assert server.readiness.draining

    async def test_the_grace_ends(self, logged: Lines) -> None:
        app = create_app([Endless()], edge=EdgeConfig(public_url="http://darkroom.test"), authenticator=authenticate)
        async with running(app, grace=1) as (server, port), connected(port) as client:
            await client.send(request("GET", "/endless"))
            await asyncio.sleep(0.1)
            server.stop.set()
            status, head, body = await client.answer()
            assert (status, json.loads(body)["code"]) == (503, "unavailable")
            assert "retry-after" in head
            assert "connection: close" in head
        assert "Traceback" not in logged.text

    async def test_now_means_now(self) -> None:
        server = Running(
            create_app([Endless()], edge=EdgeConfig(public_url="http://darkroom.test"), authenticator=authenticate),
            grace=60,
        )
        task = asyncio.create_task(server.run())
        async with connected(await server.port()) as client:
            await client.send(request("GET", "/endless"))
            await asyncio.sleep(0.1)
            started = monotonic()
            server.stop.set()
            server.now.set()
            assert (await client.answer())[0] == 503
            await asyncio.wait_for(task, 3)
            assert monotonic() - started < 1

    async def test_not_even_a_request_that_will_not_end_delays_it(self) -> None:
        server = Running(
            create_app([Endless()], edge=EdgeConfig(public_url="http://darkroom.test"), authenticator=authenticate),
            grace=GRACE,
        )
        task = asyncio.create_task(server.run())
        async with connected(await server.port()) as client:
            await client.send(request("GET", "/stubborn"))
            await asyncio.sleep(0.1)
            started = monotonic()
            server.stop.set()
            server.now.set()
            await asyncio.wait_for(task, 20)
            assert monotonic() - started < GRACE / 10

    async def test_idle_connections_do_not_delay_it(self, app: ASGIApp) -> None:
        server = Running(app, grace=30)
        task = asyncio.create_task(server.run())
        async with connected(await server.port()) as idle, connected(await server.port()) as half:
            await idle.send(request("GET", "/things"))
            await idle.answer()
            await half.send("GET /thi")
            server.stop.set()
            await asyncio.wait_for(task, 2)


class TestStarting:
    async def test_a_taken_port_is_said_in_one_line(self, app: ASGIApp) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(CannotServe, match=rf"127\.0\.0\.1:{port}.*PORT") as caught:
                await serve(app, host="127.0.0.1", port=port, grace=1, stop=asyncio.Event())
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("host", ["203.0.113.7", "no such host"])
    def test_a_host_that_is_not_ours_too(self, host: str) -> None:
        with pytest.raises(CannotServe, match="HOST"):
            listen(host, 0)


class Endless:
    """A door with a request that never ends by itself."""

    tag = "Endless"

    def operations(self) -> Sequence[Op]:
        return [
            Op("GET", "/endless", self.endless, module="Endless"),
            Op("GET", "/stubborn", self.stubborn, module="Endless"),
        ]

    async def endless(self) -> None:
        await asyncio.Event().wait()

    async def stubborn(self) -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.sleep(1.5)


def slow_reader_around(app: ASGIApp, slow: ASGIApp) -> ASGIApp:
    async def switch(scope: Scope, receive: Receive, send: Send) -> None:
        await (slow if scope["type"] == "http" else app)(scope, receive, send)

    return switch


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(3):
        while not true():
            await asyncio.sleep(0.01)
