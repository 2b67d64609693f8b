"""Whether a crowd signing in holds up everybody else: p99 of GET /auth/me at a steady rate, idle and in a storm."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median, quantiles

from bench.places import ACCOUNT, SIDE, Server, access_token, darkroom_server
from bench.processes import spending
from bench.telling import tell
from bench.turns import Spent, total
from bench.wire import Wire, request

TARGET = 3.0
LOGINS = 100
ROUNDS = 7
RATE = 100  # requests a second
SECONDS = 4.0  # of idling; a storm lasts as long as it lasts
STORM = (sys.executable, "-m", "bench.storm")


def main() -> int:
    """Idle and storm in turn."""
    calm, storm = "idle", f"{LOGINS} logins at once"
    millis: dict[str, list[float]] = {calm: [], storm: []}
    spent: dict[str, list[Spent]] = {calm: [], storm: []}
    with darkroom_server() as server:
        asked = request("GET", "/auth/me", {**SIDE, "Authorization": f"Bearer {access_token(server)}"})
        steady(server, asked, until=after(1))

        def once(name: str, until: Callable[[], bool]) -> None:
            millis[name].append(p99(steady(server, asked, until=until)))

        for _ in range(ROUNDS):
            spent[calm].append(spending(server.pid, lambda: once(calm, after(SECONDS))))
            spent[storm].append(spending(server.pid, lambda: once(storm, storm_over(server))))
    rows = {name: [median(millis[name])] for name in (storm, calm)}
    ratio = rows[storm][0] / rows[calm][0]
    all_of = {name: total(rounds) for name, rounds in spent.items()}
    return tell("login_storm", "ms, p99 of GET /auth/me", rows, ratio=ratio, target=TARGET, spent=all_of)


def after(seconds: float) -> Callable[[], bool]:
    """Whether so much time is over."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


def storm_over(server: Server) -> Callable[[], bool]:
    """Let it loose; whether it is over."""
    storm = subprocess.Popen([*STORM, server.url, str(LOGINS), json.dumps(ACCOUNT)])

    def over() -> bool:
        if storm.poll():
            raise RuntimeError("a sign-in was refused")
        return storm.returncode is not None

    return over


def steady(server: Server, asked: bytes, *, until: Callable[[], bool]) -> list[float]:
    """Milliseconds from the moment each request was due to its answer, whenever the one before was answered."""
    wire = Wire(server.url)
    taken: list[float] = []
    due = time.perf_counter()
    while not until():
        due += 1 / RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        wire.send(asked)
        status, _ = wire.receive()
        taken.append((time.perf_counter() - due) * 1000)
        if status != 200:
            raise RuntimeError(f"the answer was {status}")
    wire.close()
    return taken


def p99(values: list[float]) -> float:
    """The time that one request in a hundred exceeds."""
    return quantiles(values, n=100)[98]


if __name__ == "__main__":
    sys.exit(main())
