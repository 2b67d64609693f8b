"""The API, killed at every step of an upload and at any moment: nobody sees half a file, and sending it again works."""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.integration.faults.odd_program import BROOD
from tests.integration.faults.places import GRACE, ODD_PROGRAM, ROOT, Place, kill, until
from tests.integration.stories.running import environment
from tests.servers import http
from tests.servers.process import started
from tests.unit.contracts.drawn import encoded, noise

PICTURE = encoded(noise((600, 400)), "image/jpeg")
BOUNDARY = "----------------cut"
NAMED = [
    "before pending row",
    "after pending row",
    "before blob",
    "in blob",
    "end of blob",
    "after blob",
    "before visible row",
    "after visible row",
]
MOMENTS = [9, pytest.param(60, marks=pytest.mark.soak)]


class Mother:
    """Has loaded everything, and hatches an API whenever one is wanted."""

    def __init__(self, place: Place, process: "subprocess.Popen[str]") -> None:
        self.place, self.process = place, process

    @contextmanager
    def api(self, oddity: str = "healthy") -> Iterator[int]:
        """The process id of an API that is ready; afterwards it is dead."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{oddity}\n")
        self.process.stdin.flush()
        until(self.answers, told=lambda: self.place.told("brood"))
        (child,) = children_of(self.process.pid)
        try:
            yield child
        finally:
            with suppress(ProcessLookupError):
                kill_pid(child)
            self.ended()

    def answers(self) -> bool:
        with suppress(httpx2.TransportError):
            return http.get(f"{self.place.url}/health", timeout=5).status_code == 200
        return False

    def ended(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def kill_pid(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


@pytest.fixture
def mother(place: Place) -> Iterator[Mother]:
    settings = {**place.settings, "WORKER_CONCURRENCY": "1"}
    with place.log("brood").open("ab") as log:
        process = started(
            [*ODD_PROGRAM, BROOD],
            cwd=place.folder,
            env={**environment(settings), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    try:
        yield Mother(place, process)
    finally:
        kill(process)
        if process.stdout is not None:
            process.stdout.close()


def try_to_upload(place: Place) -> httpx2.Response | None:
    try:
        return place.upload(PICTURE)
    except httpx2.TransportError:
        return None


def visible(place: Place) -> list[str]:
    return [file["id"] for file in place.get("/files?limit=100").json()["data"]]


def test_at_every_named_step(mother: Mother) -> None:
    place = mother.place
    for number, step in enumerate(NAMED):
        with mother.api(f"dies at {step}"):
            assert try_to_upload(place) is None, step
        rows = place.rows()
        seen = [file for file in rows.files if file.status != "pending"]
        # Only once the last commit is through may it be there, and then with everything that belongs to it.
        assert len(seen) == (step == "after visible row"), step
        pending = [file for file in rows.files if file.status == "pending"]
        assert len(pending) == min(number, 6), step
        place.check(running=True)
    with mother.api():
        assert len(visible(place)) == 1
        retried = place.uploaded(PICTURE)
        assert retried in visible(place)
    finish(mother, wanted=2)


@pytest.mark.parametrize("moments", MOMENTS)
def test_at_any_moment(mother: Mother, moments: int) -> None:
    place, chance = mother.place, random.Random(20)
    answered = 0
    for number in range(moments):
        with mother.api() as api:
            answered += cut_off(place, api, number, chance)
    with mother.api():
        survivors = visible(place)
        assert len(survivors) >= answered
        assert place.upload(PICTURE).status_code == 200
    finish(mother, wanted=len(survivors) + 1)


def cut_off(place: Place, api: int, number: int, chance: random.Random) -> bool:
    """Kill it in the middle of the body, or some moment after its end; whether the client heard that all was well."""
    request = raw_upload(place)
    address = urlsplit(place.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as wire:
        if number % 3 == 0:
            wire.sendall(request[: chance.randrange(len(request))])
            time.sleep(chance.uniform(0, 0.02))
        else:
            wire.sendall(request)
            time.sleep(chance.uniform(0, 0.06))
        kill_pid(api)
        with suppress(ConnectionError):
            return wire.recv(64).startswith(b"HTTP/1.1 200")
    return False


def raw_upload(place: Place) -> bytes:
    body = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    ).encode()
    body += PICTURE + f"\r\n--{BOUNDARY}--\r\n".encode()
    lines = [
        "POST /upload/image HTTP/1.1",
        "Host: localhost",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in place.key.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def finish(mother: Mother, wanted: int) -> None:
    """The sweep takes what is left of those that died, and a worker does what the others wait for."""
    place = mother.place
    kill(mother.process)
    place.grow_old()
    time.sleep(GRACE + 0.2)
    place.sweep()
    rows = place.rows()
    assert len(rows.files) == wanted
    assert {file.status for file in rows.files} == {"processing"}
    with place.worker():
        place.until_settled(*(str(file.id) for file in rows.files))
    assert {file.status for file in place.rows().files} == {"ready"}
    place.check()
