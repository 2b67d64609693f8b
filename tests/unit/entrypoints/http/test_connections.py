"""Connections that are silent, or too many, leave room for others."""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing, suppress

import pytest

from entrypoints.http import connections as ours
from entrypoints.http.app import create_app
from entrypoints.http.connections import KEPT_FREE, LEAST, SHARE, Connections, client_of, most_connections
from entrypoints.http.server import serve
from tests.unit.entrypoints.http.conftest import EDGE, Lines
from tests.unit.entrypoints.http.sample import SampleDoor, authenticate

pytestmark = pytest.mark.anyio

MOST = LEAST * SHARE * 2


def taken(connections: Connections, address: str, times: int) -> int:
    return sum(connections.take(address) is not None for _ in range(times))


def test_one_client_gets_a_share_and_others_the_rest() -> None:
    connections = Connections(MOST)
    assert taken(connections, "192.0.2.1", MOST) == MOST // SHARE
    assert sum(taken(connections, f"192.0.2.{last}", MOST) for last in range(2, 9)) == MOST - MOST // SHARE
    assert connections.take("192.0.2.99") is None
    for _ in range(MOST // SHARE):
        connections.give_back("192.0.2.1")
    assert connections.take("192.0.2.99") == "192.0.2.99"
    assert connections.by_client["192.0.2.1"] == 0


def test_a_trusted_proxy_may_have_all_of_them() -> None:
    connections = Connections(MOST, (ours.IPv4Network("10.0.0.0/8"), ours.IPv6Network("::1/128")))
    assert taken(connections, "::ffff:10.1.2.3", MOST + 1) == MOST


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1:2:3:4", "2001:db8::/64"),
        ("2001:db8::9", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("nothing", "nothing"),
    ],
)
def test_what_counts_as_one_client(address: str, client: str) -> None:
    assert client_of(address) == client


@pytest.fixture
def open_files() -> Iterator[tuple[int, int]]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_as_many_files_as_the_system_grants_are_asked_for(open_files: tuple[int, int]) -> None:
    _, hard = open_files
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))
    most = most_connections()
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft == min(hard, ours.MOST_OPEN_FILES)
    assert most == max(LEAST, soft - KEPT_FREE)


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """Of a server that takes few connections."""
    monkeypatch.setattr("entrypoints.http.server.most_connections", lambda: MOST)
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    app = create_app([SampleDoor()], edge=EDGE, authenticator=authenticate)
    server = asyncio.create_task(serve(app, host="127.0.0.1", port=0, grace=1, stop=stop, on_ready=ready.set_result))
    yield int((await ready).rpartition(":")[2])
    stop.set()
    await server


@pytest.mark.slow
async def test_silent_connections_of_one_client_leave_others_theirs(port: int, logged: Lines) -> None:
    with ExitStack() as silent:
        for _ in range(MOST):
            silent.enter_context(closing(socket.create_connection(("127.0.0.1", port))))
        assert (await asked(port, "127.0.0.2")).startswith(b"HTTP/1.1 404")
    assert logged.text.count("a client has too many connections") == 1
    assert "Traceback" not in logged.text
    # Those that ended are counted no more.
    while not (answer := await asked(port)):
        await asyncio.sleep(0.05)
    assert answer.startswith(b"HTTP/1.1 404")


async def asked(port: int, address: str = "127.0.0.1") -> bytes:
    """What this client is answered; nothing when its connection is ended."""
    loop = asyncio.get_running_loop()
    with closing(socket.socket()) as client, suppress(ConnectionError):
        client.bind((address, 0))
        client.setblocking(False)
        await loop.sock_connect(client, ("127.0.0.1", port))
        await loop.sock_sendall(client, b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return await loop.sock_recv(client, 100)
    return b""
