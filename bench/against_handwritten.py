"""Ours and the handwritten one on the same rows, asked the same by the same API key."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from bench.asking import asked_in_turn, each_request
from bench.places import SIDE, Server, bare_server, darkroom_server, made, signed_in
from bench.telling import tell
from bench.wire import request
from tests.unit.contracts.drawn import encoded, quarters

ROUNDS = 9
REQUESTS = 800  # of each in each round, so that no connection is idle for long
THEIRS = "handwritten"
VARIANTS = {"thumb": {"width": 100}, "wide": {"width": 1200, "format": "webp"}, "tile": {"width": 64, "height": 64}}


@dataclass(frozen=True)
class Place:
    """Both, the pictures they show, and the headers of somebody who may see them."""

    ours: Server
    theirs: Server
    pictures: list[str]
    headers: Mapping[str, str]


@contextmanager
def with_pictures(number: int) -> Iterator[Place]:
    """So many pictures with variants that are promised."""
    with ExitStack() as running:
        ours = running.enter_context(darkroom_server())
        with signed_in(ours) as client:
            project = made(client, "/projects", {"name": "bench", "settings": {"variants": VARIANTS}})["id"]
            key = made(client, f"/projects/{project}/keys", {"name": "bench"})["key"]
            pictures = [uploaded(client, project) for _ in range(number)]
        theirs = running.enter_context(bare_server("bench.handwritten", ours.url, ours.database))
        yield Place(ours, theirs, pictures, {**SIDE, "X-Api-Key": key})


def uploaded(client: httpx2.Client, project: str) -> str:
    """The id of a picture."""
    part = ("me.jpg", encoded(quarters((400, 300)), "image/jpeg"), "image/jpeg")
    sent = client.post("/upload/image", files={"file": part}, headers={"X-Project-Id": project})
    sent.raise_for_status()
    return str(sent.json()["id"])


def compare(name: str, place: Place, path: str, ours: str, *, target: float | None) -> int:
    """Measure both in turn."""
    must_agree(place, path)
    asked = request("GET", path, place.headers)
    rounds = asked_in_turn({ours: (place.ours, asked), THEIRS: (place.theirs, asked)}, rounds=ROUNDS, times=REQUESTS)
    rows, ratio = rounds.rows(each_request(REQUESTS)), rounds.ratio(ours, THEIRS)
    return tell(name, "µs of CPU a request", rows, ratio=ratio, target=target, spent=rounds.spent())


def must_agree(place: Place, path: str) -> None:
    """Both must say the same, or there is nothing to compare."""
    one, other = (answer(server, path, place.headers) for server in (place.ours, place.theirs))
    if one != other:
        raise RuntimeError(f"they differ: {json.dumps(one)} and {json.dumps(other)}")


def answer(server: Server, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """What it says; where the list goes on is sealed by us and not by others."""
    told = httpx2.get(f"{server.url}{path}", headers=dict(headers))
    told.raise_for_status()
    return {**told.json(), "next_cursor": None}
