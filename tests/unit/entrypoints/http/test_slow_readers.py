"""Who takes nothing of an answer is given up, and holds nothing open; who is merely slow gets all of it."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic

import pytest
from starlette.requests import Request
from starlette.responses import Response

from adapters.memory.blobs import MemoryBlobs
from adapters.memory.clock import ManualClock
from application.files.open_content import Content
from entrypoints.http import protocol
from entrypoints.http.app import EdgeConfig, create_app
from entrypoints.http.blob_responses import BlobResponses
from entrypoints.http.operations import Op
from entrypoints.http.server import serve
from tests.unit.contracts.things import NOW
from tests.unit.entrypoints.http.conftest import Lines
from tests.unit.entrypoints.http.sample import authenticate

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PATIENCE = 0.6
SIZE = 24 << 20
PIECE = 1 << 18


class WatchedBlobs(MemoryBlobs):
    """Blobs that know how many of them are being read."""

    def __init__(self) -> None:
        super().__init__(ManualClock(NOW))
        self.opened = self.closed = 0

    async def read(
        self, key: str, *, start: int = 0, end: int | None = None, etag: str | None = None
    ) -> AsyncGenerator[bytes, None]:
        self.opened += 1
        try:
            for at in range(start, SIZE if end is None else end, PIECE):
                await asyncio.sleep(0)
                yield bytes(min(PIECE, (SIZE if end is None else end) - at))
        finally:
            self.closed += 1


@dataclass(frozen=True)
class BlobDoor:
    """One large blob."""

    responses: BlobResponses
    tag: str = "Blob"

    def operations(self) -> Sequence[Op]:
        return [Op("GET", "/blob", self.blob, "Blob")]

    async def blob(self, request: Request) -> Response:
        content = Content("blob", "application/octet-stream", "blob", "tag", public=True)
        return await self.responses.answer(request, content)


@dataclass
class Place:
    blobs: WatchedBlobs
    port: int


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    blobs, stop, now = WatchedBlobs(), asyncio.Event(), asyncio.Event()
    await blobs.put("blob", zeros(), content_type="application/octet-stream")
    app = create_app(
        [BlobDoor(BlobResponses(blobs, ManualClock()))],
        edge=EdgeConfig(public_url="http://darkroom.test"),
        authenticator=authenticate,
    )
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    server = asyncio.create_task(
        serve(
            app, host="127.0.0.1", port=0, grace=1, stop=stop, now=now, on_ready=ready.set_result, send_timeout=PATIENCE
        )
    )
    yield Place(blobs, int((await ready).rpartition(":")[2]))
    stop.set()
    now.set()
    await asyncio.wait_for(server, 5)


async def zeros() -> AsyncIterator[bytes]:
    for _ in range(0, SIZE, PIECE):
        yield bytes(PIECE)


@asynccontextmanager
async def asking(place: Place, headers: str = "") -> AsyncIterator[socket.socket]:
    """A client that reads only what it is told to, with little room of its own."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 19)
        client.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(client, ("127.0.0.1", place.port))
        await loop.sock_sendall(client, f"GET /blob HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode())
        yield client


async def taken(client: socket.socket, *, pause: float = 0, piece: int = 1 << 16, until: float = 60) -> int:
    """Read to the end, or until it is time; how many bytes there were."""
    loop, count, started = asyncio.get_running_loop(), 0, monotonic()
    while monotonic() - started < until:
        chunk = await loop.sock_recv(client, piece)
        if not chunk:
            break
        count += len(chunk)
        await asyncio.sleep(pause)
    return count


@pytest.mark.parametrize("headers", ["", "Range: bytes=0-20000000,20000002-\r\n"], ids=["whole", "parts"])
async def test_who_takes_nothing_is_given_up(place: Place, logged: Lines, headers: str) -> None:
    async with asking(place, headers) as client:
        started = monotonic()
        while not place.blobs.closed and monotonic() - started < 5:
            await asyncio.sleep(0.02)
        assert (place.blobs.opened, place.blobs.closed) == (1, 1)
        assert PATIENCE * 0.9 <= monotonic() - started < PATIENCE * 4
        with pytest.raises(ConnectionError):
            await taken(client)
    assert "gave up a client that takes too little of its answer" in logged.text
    assert "Traceback" not in logged.text


async def test_who_takes_too_little_is_given_up(place: Place, logged: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "LEAST_RATE", 1 << 30)
    async with asking(place) as client:
        with pytest.raises(ConnectionError):
            await taken(client, pause=0.1)
    assert "gave up a client that takes too little of its answer" in logged.text


async def test_who_takes_a_little_now_and_then_is_served_on(place: Place, logged: Lines) -> None:
    async with asking(place) as client:
        assert await taken(client, pause=0.1, until=PATIENCE * 4) > 0
        assert place.blobs.closed == 0
    assert "gave up" not in logged.text


async def test_who_stopped_for_a_moment_gets_all_of_it(place: Place, logged: Lines) -> None:
    async with asking(place, "Connection: close\r\n") as client:
        await asyncio.sleep(PATIENCE / 2)
        assert await taken(client) > SIZE
    assert (place.blobs.opened, place.blobs.closed) == (1, 1)
    assert "gave up" not in logged.text


async def test_who_goes_away_holds_nothing_open(place: Place) -> None:
    async with asking(place) as client:
        await asyncio.get_running_loop().sock_recv(client, 1000)
    started = monotonic()
    while not place.blobs.closed and monotonic() - started < 5:
        await asyncio.sleep(0.02)
    assert (place.blobs.opened, place.blobs.closed) == (1, 1)
    assert monotonic() - started < PATIENCE
