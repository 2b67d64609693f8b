"""What it costs to know who asks: CPU of an authenticated GET /auth/me against a bare Starlette route."""

import sys
from contextlib import ExitStack
from statistics import median

from bench.places import SIDE, Server, access_token, bare_server, darkroom_server
from bench.telling import tell
from bench.wire import Wire, request

TARGET = 4.0
CONNECTIONS = 8
ROUNDS = 7
REQUESTS = 4_000  # of each server in each round; CPU is counted in hundredths of a second


def main() -> int:
    """Measure both in turn, so that whatever else the machine does meets both."""
    with ExitStack() as running:
        ours, bare = running.enter_context(darkroom_server()), running.enter_context(bare_server())
        signed_in = {**SIDE, "Authorization": f"Bearer {access_token(ours)}"}
        asked = {"GET /auth/me": (ours, "/auth/me", signed_in), "bare Starlette": (bare, "/", SIDE)}
        wires = {name: [Wire(server.url) for _ in range(CONNECTIONS)] for name, (server, _, _) in asked.items()}
        micros: dict[str, list[float]] = {name: [] for name in asked}
        for turn in range(ROUNDS + 1):
            for name, (server, path, headers) in asked.items():
                spent = cpu_of_each(server, wires[name], request("GET", path, headers))
                if turn:  # the first warms up
                    micros[name].append(spent)
        for each in (wire for kind in wires.values() for wire in kind):
            each.close()
    ratio = median(ours / bare for ours, bare in zip(*micros.values(), strict=True))
    rows = {name: [median(values)] for name, values in micros.items()}
    return tell("me", "µs of CPU a request", rows, ratio=ratio, target=TARGET)


def cpu_of_each(server: Server, wires: list[Wire], asked: bytes, requests: int = REQUESTS) -> float:
    """Microseconds of the server's CPU for one request."""
    before = server.cpu()
    for _ in range(requests // len(wires)):
        for wire in wires:
            wire.send(asked)
        for wire in wires:
            status, _ = wire.receive()
            if status != 200:
                raise RuntimeError(f"{server.url} answered {status}")
    return (server.cpu() - before) / (requests // len(wires) * len(wires)) * 1e6


if __name__ == "__main__":
    sys.exit(main())
