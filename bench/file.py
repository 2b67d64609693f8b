"""What a file costs: CPU of GET /files/{id} by API key against a handwritten route with the same SQL and answer."""

import json
import sys
from contextlib import ExitStack
from statistics import median

import httpx2

from bench.me import CONNECTIONS, cpu_of_each
from bench.places import SIDE, Server, access_token, bare_server, darkroom_server
from bench.telling import tell
from bench.wire import Wire, request
from tests.unit.contracts.drawn import encoded, quarters

TARGET = 1.3
ROUNDS = 9
REQUESTS = 800  # of each in each round, so that no connection is idle for long
VARIANTS = {"thumb": {"width": 100}, "wide": {"width": 1200, "format": "webp"}, "tile": {"width": 64, "height": 64}}


def main() -> int:
    """Measure both in turn, so that whatever else the machine does meets both."""
    with ExitStack() as running:
        ours = running.enter_context(darkroom_server())
        path, headers = uploaded(ours)
        theirs = running.enter_context(bare_server("bench.handwritten", ours.url, ours.database))
        compare(ours, theirs, path, headers)
        wires = {server: [Wire(server.url) for _ in range(CONNECTIONS)] for server in (ours, theirs)}
        micros: dict[Server, list[float]] = {server: [] for server in wires}
        for turn in range(ROUNDS + 1):
            for server, connections in wires.items():
                spent = cpu_of_each(server, connections, request("GET", path, headers), REQUESTS)
                if turn:  # the first warms up
                    micros[server].append(spent)
        for each in (wire for connections in wires.values() for wire in connections):
            each.close()
    ratio = median(mine / other for mine, other in zip(micros[ours], micros[theirs], strict=True))
    rows = {"GET /files/{id}": [median(micros[ours])], "handwritten": [median(micros[theirs])]}
    return tell("file", "µs of CPU a request", rows, ratio=ratio, target=TARGET)


def uploaded(server: Server) -> tuple[str, dict[str, str]]:
    """The path of a picture with variants, and the headers of somebody who may see it."""
    with httpx2.Client(base_url=server.url, headers={"Authorization": f"Bearer {access_token(server)}"}) as client:
        project = made(client, "/projects", {"name": "bench", "settings": {"variants": VARIANTS}})["id"]
        key = made(client, f"/projects/{project}/keys", {"name": "bench"})["key"]
        picture = encoded(quarters((400, 300)), "image/jpeg")
        sent = client.post(
            "/upload/image", files={"file": ("me.jpg", picture, "image/jpeg")}, headers={"X-Project-Id": project}
        )
        sent.raise_for_status()
    return f"/files/{sent.json()['id']}", {**SIDE, "X-Api-Key": key}


def made(client: httpx2.Client, path: str, body: object) -> dict[str, str]:
    """What was made of it."""
    answer = client.post(path, json=body)
    answer.raise_for_status()
    told: dict[str, str] = answer.json()
    return told


def compare(ours: Server, theirs: Server, path: str, headers: dict[str, str]) -> None:
    """Both must say the same, or there is nothing to compare."""
    one, other = (httpx2.get(f"{server.url}{path}", headers=headers) for server in (ours, theirs))
    one.raise_for_status()
    if one.json() != other.json():
        raise RuntimeError(f"they differ: {json.dumps(one.json())} and {other.text}")


if __name__ == "__main__":
    sys.exit(main())
