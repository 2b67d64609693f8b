"""Runs the application on a socket until it is told to stop."""

import asyncio
import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_network
from math import ceil

import uvicorn
from starlette.types import ASGIApp

from entrypoints.http.connections import ACCEPTED_AT_ONCE, Connections, most_connections
from entrypoints.http.protocol import SEND_SECONDS, guarding
from entrypoints.http.routes.health import Readiness
from entrypoints.refusals import CannotStart

KEEP_ALIVE = 15  # seconds an idle connection is kept


class CannotServe(CannotStart):
    """The address is not to be had; the message is one line for the operator."""


async def serve(  # noqa: PLR0913
    app: ASGIApp,
    *,
    host: str,
    port: int,
    grace: float,
    stop: asyncio.Event,
    now: asyncio.Event | None = None,
    readiness: Readiness | None = None,
    on_ready: Callable[[str], None] | None = None,
    trusted_proxies: tuple[str, ...] = (),
    send_timeout: float = SEND_SECONDS,
    named: str = "PORT",
) -> None:
    """Serve until `stop` is set, then give running requests `grace` seconds; `now` ends the waiting.

    Signals are the caller's: it sets the events. `on_ready` is told the URL once connections are taken.
    Readiness turns to draining before the first connection is refused.
    """
    listener = listen(host, port, named)
    url = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
    connections = Connections(most_connections(), tuple(map(ip_network, trusted_proxies)))
    config = uvicorn.Config(
        app,
        http=guarding(send_timeout, connections),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=ACCEPTED_AT_ONCE,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=ceil(grace),
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=as_seen(trusted_proxies),
    )
    server = Server(config, lambda: on_ready and on_ready(url))
    watching = asyncio.create_task(_watch(server, stop, now or asyncio.Event(), readiness))
    try:
        await server.serve(sockets=[listener])
    finally:
        watching.cancel()
        listener.close()


def as_seen(proxies: tuple[str, ...]) -> list[str]:
    """The networks as connections show them: a socket for both families shows IPv4 addresses inside of IPv6 ones."""
    networks = [ip_network(each) for each in proxies]
    mapped = [f"::ffff:{each.network_address}/{96 + each.prefixlen}" for each in networks if each.version == 4]
    return [*map(str, networks), *mapped]


def listen(host: str, port: int, named: str = "PORT") -> socket.socket:
    """A socket bound to the address, or CannotServe with what to do about it; `named` is the setting of the port."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotServe(f"cannot listen on {host}:{port}: {error.strerror or error}; see HOST and {named}") from None
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(ACCEPTED_AT_ONCE)
    except OSError as error:
        listener.close()
        raise CannotServe(f"cannot listen on {host}:{port}: {_reason(error, named)}") from None
    return listener


def _reason(error: OSError, named: str) -> str:
    """Why an address is not to be had, and which setting to change."""
    if error.errno == errno.EADDRINUSE:
        return f"another program uses it; stop that or choose another {named}"
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"this account may not use so low a port; choose a {named} from 1024 on, or give it the privilege to"
    return f"{error.strerror}; see HOST"


class Server(uvicorn.Server):
    """A server that leaves signals to its caller and says when it takes connections."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()


async def _watch(server: Server, stop: asyncio.Event, now: asyncio.Event, readiness: Readiness | None) -> None:
    with suppress(asyncio.CancelledError):
        await stop.wait()
        if readiness is not None:
            readiness.draining = True
        server.should_exit = True
        await now.wait()
        server.force_exit = True
        for task in list(server.server_state.tasks):
            task.cancel()
