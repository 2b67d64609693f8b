"""The storm itself, in a process of its own that costs next to nothing: so many sign-ins, all at once."""

import json
import sys
from collections.abc import Mapping

from bench.wire import Wire, request


def rage(url: str, logins: int, account: Mapping[str, str]) -> int:
    """Each over a connection of its own; 1 when one was refused."""
    asked = request("POST", "/auth/login", {"Content-Type": "application/json"}, json.dumps(account).encode())
    wires = [Wire(url) for _ in range(logins)]
    for wire in wires:
        wire.send(asked)
    return int(any(wire.receive()[0] != 200 for wire in wires))


if __name__ == "__main__":
    sys.exit(rage(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])))
