"""What it costs to keep a large file: CPU of POST /upload/file against receiving and hashing the same bytes."""

import json
import sys
from contextlib import ExitStack

from bench.places import SIDE, Server, bare_server, darkroom_server, made, signed_in
from bench.processes import memory_of_tree, spending, watched
from bench.telling import tell
from bench.turns import Spent, in_turn
from bench.wire import Wire

TARGET = 1.5
MOST_GROWTH = 40.0  # MB of memory, on top of what the server has before the first upload
ROUNDS = 3
MIB = 1 << 20
BLOCK = bytes(range(256)) * 4096
HEAD = b'--bench\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n\r\n'
TAIL = b"\r\n--bench--\r\n"
OURS, BARE = "POST /upload/file", "bare ASGI, hashing"


def main(mebibytes: int = 1024) -> int:
    """Measure both in turn."""
    with ExitStack() as running:
        ours = running.enter_context(darkroom_server())
        bare = running.enter_context(bare_server("bench.hashing"))
        client = running.enter_context(signed_in(ours))
        project = made(client, "/projects", {"name": "Bench"})["id"]
        target = {**SIDE, "Authorization": client.headers["Authorization"], "X-Project-Id": project}
        idle = memory_of_tree(ours.pid)

        def kept() -> Spent:
            stored: list[str] = []
            spent = spending(ours.pid, lambda: stored.append(upload(ours, target, mebibytes)))
            client.delete(f"/files/{stored[0]}").raise_for_status()
            return spent

        with watched(ours.pid) as seen:
            goes = {OURS: kept, BARE: lambda: spending(bare.pid, lambda: upload(bare, SIDE, mebibytes))}
            rounds = in_turn(goes, ROUNDS)
        growth = max(seen) - idle
    rows, spent = rounds.rows(1024 / mebibytes), rounds.spent()
    missed = tell("upload", "s of CPU a GiB", rows, ratio=rounds.ratio(OURS, BARE), target=TARGET, spent=spent)
    grown = {"growth of memory, of 40 MB": [growth]}
    return missed | tell("upload, memory", "MB", grown, ratio=growth / MOST_GROWTH, target=1.0)


def upload(server: Server, headers: dict[str, str], mebibytes: int) -> str:
    """Send one; the id of the file."""
    wire = begun(server, headers, mebibytes)
    for _ in range(mebibytes):
        wire.send(BLOCK)
    wire.send(TAIL)
    status, body = wire.receive()
    wire.close()
    if status != 200:
        raise RuntimeError(f"{server.url} answered {status}: {body!r}")
    answer = json.loads(body)
    return str(answer["id"]) if isinstance(answer, dict) else ""


def begun(server: Server, headers: dict[str, str], mebibytes: int) -> Wire:
    """An upload of which the head is sent."""
    length = len(HEAD) + mebibytes * MIB + len(TAIL)
    told = {**headers, "Content-Type": "multipart/form-data; boundary=bench", "Content-Length": str(length)}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    wire = Wire(server.url)
    wire.send(f"POST /upload/file HTTP/1.1\r\nHost: bench\r\n{lines}\r\n".encode() + HEAD)
    return wire


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
