"""What it costs to keep a large file: CPU of POST /upload/file against receiving and hashing the same bytes."""

import json
import re
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import httpx2

from bench.places import SIDE, Server, access_token, bare_server, darkroom_server
from bench.telling import tell
from bench.wire import Wire

TARGET = 1.5
MOST_GROWTH = 40.0  # MB of memory, on top of what the server has before the first upload
ROUNDS = 3
MIB = 1 << 20
BLOCK = bytes(range(256)) * 4096
HEAD = b'--bench\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n\r\n'
TAIL = b"\r\n--bench--\r\n"


def main(mebibytes: int = 1024) -> int:
    """Measure both in turn, so that whatever else the machine does meets both."""
    with ExitStack() as running:
        ours = running.enter_context(darkroom_server())
        bare = running.enter_context(bare_server("bench.hashing"))
        signed_in = {"Authorization": f"Bearer {access_token(ours)}"}
        project = httpx2.post(f"{ours.url}/projects", json={"name": "Bench"}, headers=signed_in).json()["id"]
        target = {**SIDE, **signed_in, "X-Project-Id": project}
        seconds: dict[str, list[float]] = {"POST /upload/file": [], "bare ASGI, hashing": []}
        idle = memory(ours, "VmRSS")
        upload(ours, target, 8)  # the first warms up
        upload(bare, SIDE, 8)
        for _ in range(ROUNDS):
            spent, file_id = upload(ours, target, mebibytes)
            seconds["POST /upload/file"].append(spent)
            httpx2.delete(f"{ours.url}/files/{file_id}", headers=signed_in).raise_for_status()
            seconds["bare ASGI, hashing"].append(upload(bare, SIDE, mebibytes)[0])
        growth = memory(ours, "VmHWM") - idle
    ratio = median(ours / bare for ours, bare in zip(*seconds.values(), strict=True))
    rows = {name: [median(values) / mebibytes * 1024] for name, values in seconds.items()}
    missed = tell("upload", "s of CPU a GiB", rows, ratio=ratio, target=TARGET)
    grown = {"peak growth of memory": [growth]}
    return missed | tell("upload memory", "MB", grown, ratio=growth / MOST_GROWTH, target=1.0)


def upload(server: Server, headers: dict[str, str], mebibytes: int) -> tuple[float, str]:
    """Seconds of the server's CPU for one upload, and the id of the file."""
    length = len(HEAD) + mebibytes * MIB + len(TAIL)
    told = {**headers, "Content-Type": "multipart/form-data; boundary=bench", "Content-Length": str(length)}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    before = server.cpu()
    wire = Wire(server.url)
    wire.send(f"POST /upload/file HTTP/1.1\r\nHost: bench\r\n{lines}\r\n".encode() + HEAD)
    for _ in range(mebibytes):
        wire.send(BLOCK)
    wire.send(TAIL)
    status, body = wire.receive()
    wire.close()
    if status != 200:
        raise RuntimeError(f"{server.url} answered {status}: {body!r}")
    answer = json.loads(body)
    return server.cpu() - before, str(answer["id"]) if isinstance(answer, dict) else ""


def memory(server: Server, what: str) -> float:
    """Megabytes, as the kernel counts them."""
    told = re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{server.pid}/status").read_text())
    return int(told[1]) / 1000 if told else 0.0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
