"""The same request again and again over a few connections, to see what it costs the server."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial

from bench.places import Server
from bench.processes import spending
from bench.turns import Rounds, in_turn
from bench.wire import Wire

CONNECTIONS = 8
MICROSECONDS = 1e6


def asked_in_turn(requests: Mapping[str, tuple[Server, bytes]], *, rounds: int, times: int) -> Rounds:
    """What each request costs its server, as many times of it; all connections are asked at once."""
    with connected(requests) as wires:

        def ask(name: str) -> None:
            for _ in range(times // CONNECTIONS):
                for wire in wires[name]:
                    wire.send(requests[name][1])
                for wire in wires[name]:
                    status, _ = wire.drain()
                    if status not in {200, 206}:
                        raise RuntimeError(f"{name} answered {status}")

        goes = {name: partial(spending, server.pid, partial(ask, name)) for name, (server, _) in requests.items()}
        return in_turn(goes, rounds)


@contextmanager
def connected(requests: Mapping[str, tuple[Server, bytes]]) -> Iterator[dict[str, list[Wire]]]:
    """Connections to each."""
    wires = {name: [Wire(server.url) for _ in range(CONNECTIONS)] for name, (server, _) in requests.items()}
    try:
        yield wires
    finally:
        for each in (wire for several in wires.values() for wire in several):
            with suppress(OSError):
                each.close()


def each_request(times: int) -> float:
    """From seconds for so many requests to microseconds for one."""
    return MICROSECONDS / (times // CONNECTIONS * CONNECTIONS)
