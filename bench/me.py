"""What it costs to know who asks: CPU of an authenticated GET /auth/me against a bare Starlette route."""

import sys
from contextlib import ExitStack

from bench.asking import asked_in_turn, each_request
from bench.places import SIDE, access_token, bare_server, darkroom_server
from bench.telling import tell
from bench.wire import request

TARGET = 4.0
ROUNDS = 7
REQUESTS = 4_000  # of each server in each round; CPU is counted in hundredths of a second
OURS, BARE = "GET /auth/me", "bare Starlette"


def main() -> int:
    """Measure both in turn."""
    with ExitStack() as running:
        ours, bare = running.enter_context(darkroom_server()), running.enter_context(bare_server())
        token = {**SIDE, "Authorization": f"Bearer {access_token(ours)}"}
        asked = {OURS: (ours, request("GET", "/auth/me", token)), BARE: (bare, request("GET", "/", SIDE))}
        rounds = asked_in_turn(asked, rounds=ROUNDS, times=REQUESTS)
    rows, ratio = rounds.rows(each_request(REQUESTS)), rounds.ratio(OURS, BARE)
    return tell("me", "µs of CPU a request", rows, ratio=ratio, target=TARGET, spent=rounds.spent())


if __name__ == "__main__":
    sys.exit(main())
