"""Bytes on their way out, eight clients at once: CPU and time of /blobs/… against nginx on the same files."""

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx2

from bench.asking import asked_in_turn
from bench.peers import NoPeer, nginx, nginx_version
from bench.places import SIDE, Server, darkroom_server, made, signed_in
from bench.telling import skip, tell
from bench.turns import wall
from bench.wire import request

MIB = 1 << 20
PICTURE, FILM = 200_000, 64 * MIB
ROUNDS = 3
OURS, NGINX = "/blobs/…", "nginx"


def main() -> int:
    """A picture, a part of a film, a film."""
    missed = 0
    with ExitStack() as running:
        ours = running.enter_context(darkroom_server())
        try:
            theirs = Server(*running.enter_context(nginx(ours.blobs)))
        except NoPeer as absent:
            return skip("serve", str(absent))
        with signed_in(ours) as client:
            project = made(client, "/projects", {"name": "Bench"})["id"]
            picture, film = (stored(client, project, size) for size in (PICTURE, FILM))
        part = {"Range": f"bytes={20 * MIB}-{21 * MIB - 1}"}
        for name, path, headers, times in (
            ("serve, 200 KB whole", picture, {}, 1600),
            ("serve, 1 MiB of 64", film, part, 800),
            ("serve, 64 MiB whole", film, {}, 16),
        ):
            missed |= compare(name, (ours, theirs), path, headers, times)
    return missed


def stored(client: httpx2.Client, project: str, size: int) -> str:
    """The path of a blob of this size."""
    content = bytes(range(256)) * (size // 256 + 1)
    part = {"file": ("film.bin", content[:size], "application/octet-stream")}
    sent = client.post("/upload/file", files=part, headers={"X-Project-Id": project})
    sent.raise_for_status()
    return urlsplit(str(sent.json()["url"])).path


def compare(name: str, both: tuple[Server, Server], path: str, headers: Mapping[str, str], times: int) -> int:
    """The same bytes from both, in turn."""
    ours, theirs = both
    one, other = (httpx2.get(f"{server.url}{path}", headers=dict(headers)) for server in both)
    if (one.status_code, one.content) != (other.status_code, other.content):
        raise RuntimeError(f"they differ: {one.status_code} and {other.status_code}")
    asked = request("GET", path, {**SIDE, **headers})
    rounds = asked_in_turn({OURS: (ours, asked), NGINX: (theirs, asked)}, rounds=ROUNDS, times=times)
    gibibytes = len(one.content) * times / (1 << 30)
    versions = {"nginx": nginx_version()}
    rows, spent = rounds.rows(1 / gibibytes), rounds.spent()
    told = tell(
        name, "s of CPU a GiB", rows, ratio=rounds.ratio(OURS, NGINX), target=None, spent=spent, versions=versions
    )
    clock, ratio = rounds.rows(1 / gibibytes, wall), rounds.ratio(OURS, NGINX, wall)
    return told | tell(f"{name}, time", "s a GiB", clock, ratio=ratio, target=None, spent=spent, versions=versions)


if __name__ == "__main__":
    sys.exit(main())
