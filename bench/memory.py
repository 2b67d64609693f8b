"""Memory of `darkroom up`: idle, for each upload under way, for a large picture, and with 512 MB for all of it.

Memory is that of the program and its decoders together, shared pages counted once, looked at fifty times a second.
The 512 MB are a limit on the data of each process (RLIMIT_DATA), which needs no rights; that all of them together stay
below is what is measured. What the system keeps of files (its cache) is in neither.
"""

import resource
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

from bench.photos import VARIANTS, drawn, saved
from bench.places import SIDE, Server, darkroom_server, made, signed_in
from bench.processes import memory_of_tree, tree, watched
from bench.telling import tell
from bench.upload import BLOCK, begun

SMALLEST = 512.0  # MB, the least a machine may have
MIB = 1 << 20
UPLOADS, SENT = 32, 8  # uploads at once, and MiB sent of each
PATIENCE = 120.0
SETTLING = 3.0


def main() -> int:
    """One after the other; the last on a fresh program under the limit."""
    figures: dict[str, float] = {}
    with TemporaryDirectory() as name:
        large, middling = photos(Path(name))
        with darkroom_server("up") as up, signed_in(up) as client:
            idle = figures["idle"] = settled(up)
            figures[f"each of {UPLOADS} uploads under way"] = (held_by_uploads(up, client) - idle) / UPLOADS
            for kind, picture in large.items():
                print(f"  100 MP, {kind} …", flush=True)
                figures[f"100 MP, {kind}, on top of idle"] = peak_with(up, client, picture) - idle
        with darkroom_server("up") as up, signed_in(up) as client:
            print("  20 MP …", flush=True)
            limit(up)
            peak = peak_with(up, client, middling)
    tell("memory", "MB", {title: [figure] for title, figure in figures.items()}, ratio=None, target=None)
    return tell("memory, 20 MP", "MB", {"all of it, of 512 MB": [peak]}, ratio=peak / SMALLEST, target=1.0)


def photos(folder: Path) -> tuple[dict[str, Path], Path]:
    """Two of a hundred megapixels, and one of twenty."""
    hundred = drawn(4000, 3000, 1).replicate(3, 3).crop(0, 0, 11_500, 8_690)
    kinds = {"baseline": False, "progressive": True}
    large = {kind: saved(hundred, folder / f"{kind}.jpg", progressive=kinds[kind]) for kind in kinds}
    return large, saved(drawn(5472, 3648, 2), folder / "twenty.jpg")


def settled(server: Server) -> float:
    """What it takes when it has nothing to do."""
    time.sleep(SETTLING)
    return memory_of_tree(server.pid)


def held_by_uploads(server: Server, client: httpx2.Client) -> float:
    """The most it takes while so many uploads are half way."""
    target = {**SIDE, "Authorization": client.headers["Authorization"], "X-Project-Id": project(client)}
    with watched(server.pid) as seen, ExitStack() as running:
        for _ in range(UPLOADS):
            wire = begun(server, target, 2 * SENT)
            running.callback(wire.close)
            for _ in range(SENT):
                wire.send(BLOCK)
        time.sleep(SETTLING)
    return max(seen)


def peak_with(server: Server, client: httpx2.Client, picture: Path) -> float:
    """The most it takes until all variants of a picture are made."""
    deadline = time.monotonic() + PATIENCE
    with watched(server.pid) as seen, picture.open("rb") as content:
        part = {"file": (picture.name, content, "image/jpeg")}
        sent = client.post("/upload/image", files=part, headers={"X-Project-Id": project(client)})
        sent.raise_for_status()
        while (file := client.get(f"/files/{sent.json()['id']}").json())["status"] == "processing":
            if time.monotonic() > deadline:
                raise TimeoutError(f"{picture.name} is not done after {PATIENCE:.0f} s")
            time.sleep(0.1)
    if file["status"] != "ready":
        raise RuntimeError(f"{picture.name}: {file['reason']}")
    return max(seen)


def project(client: httpx2.Client) -> str:
    """A new one, that wants the variants."""
    return made(client, "/projects", {"name": "Bench", "settings": {"variants": VARIANTS}})["id"]


def limit(server: Server) -> None:
    """No process of it may have more than that; those it will start inherit it."""
    most = int(SMALLEST * MIB)
    for pid in tree(server.pid):
        resource.prlimit(pid, resource.RLIMIT_DATA, (most, most))


if __name__ == "__main__":
    sys.exit(main())
