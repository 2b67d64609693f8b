"""Uploading to a running Darkroom: many at once into little room, and whole folders from the command line."""

import asyncio
import json
import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from tests.integration.stories.running import (
    PATIENCE,
    PROGRAM,
    darkroom,
    environment,
    free_port,
    process,
    wait_until_ready,
)
from tests.servers import http
from tests.servers.process import completed

PASSWORD = "correct horse battery staple"
MIB = 1 << 20


@dataclass(frozen=True)
class Service:
    """A running API and its superuser."""

    url: str
    folder: Path
    headers: dict[str, str]

    def project(self, **settings: Any) -> tuple[str, dict[str, str]]:
        """A new project's id and a key to it."""
        made = http.post(f"{self.url}/projects", json={"name": "P", "settings": settings}, headers=self.headers)
        project = made.raise_for_status().json()["id"]
        key = http.post(f"{self.url}/projects/{project}/keys", json={"name": "k"}, headers=self.headers)
        return project, {"X-Api-Key": key.raise_for_status().json()["key"]}

    def blobs(self, project: str) -> list[int]:
        """The sizes of what lies in the store for a project."""
        return [
            path.stat().st_size for path in (self.folder / "data").rglob("*") if path.is_file() and project in str(path)
        ]


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    yield from running(tmp_path_factory.mktemp("sqlite"), {})


@pytest.fixture(scope="module")
def on_postgres(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[Service]:
    yield from running(tmp_path_factory.mktemp("postgres"), {"DATABASE_URL": postgres_url})


def running(folder: Path, more: dict[str, str]) -> Iterator[Service]:
    port = free_port()
    settings = {"PORT": str(port), "DATA_DIR": str(folder / "data"), **more}
    darkroom("migrate", settings=settings, folder=folder)
    made = ("create-superuser", "--username", "riz", "--password-stdin")
    darkroom(*made, settings=settings, folder=folder, stdin=f"{PASSWORD}\n")
    with process("serve", settings=settings, folder=folder) as child:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, child, folder / "serve.log")
        login = http.post(f"{url}/auth/login", json={"username": "riz", "password": PASSWORD})
        yield Service(url, folder, {"Authorization": f"Bearer {login.json()['access_token']}"})


@pytest.mark.parametrize("place", ["on_sqlite", "on_postgres"])
@pytest.mark.parametrize(("size", "fit"), [(MIB // 2, 4), (MIB // 2 - 1, 4), (MIB // 5, 10)])
def test_of_fifty_at_once_as_many_come_in_as_there_is_room_for(
    place: str, size: int, fit: int, request: pytest.FixtureRequest
) -> None:
    service: Service = request.getfixturevalue(place)
    project, key = service.project(quota=2)

    async def storm() -> list[httpx2.Response]:
        limits = httpx2.Limits(max_connections=50)
        async with http.AsyncClient(base_url=service.url, headers=key, timeout=PATIENCE, limits=limits) as client:
            bodies = [bytes([number]) + b"x" * (size - 1) for number in range(50)]
            posts = (client.post("/upload/file", files={"file": ("a.bin", body)}) for body in bodies)
            return list(await asyncio.gather(*posts))

    answers = asyncio.run(storm())
    assert Counter(answer.status_code for answer in answers) == {200: fit, 413: 50 - fit}
    refused = {answer.json()["code"] for answer in answers if answer.status_code == 413}
    assert refused == {"quota_exceeded"}
    now = http.get(f"{service.url}/projects/{project}", headers=service.headers).json()
    assert (now["files_count"], now["storage_used_bytes"]) == (fit, fit * size)
    assert service.blobs(project) == [size] * fit


def upload(service: Service, key: str, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    """Run the command; its exit code, and what it said."""
    done = completed(
        [*PROGRAM, "upload", *arguments, "--url", service.url, "--json"],
        seconds=PATIENCE,
        cwd=service.folder,
        env=environment({"DARKROOM_API_KEY": key}),
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_a_folder_from_the_command_line(on_sqlite: Service) -> None:
    folder = on_sqlite.folder / "photos"
    (folder / "deeper").mkdir(parents=True)
    for number in range(5):
        Image.new("RGB", (64, 48), (40 * number, 0, 0)).save(folder / "deeper" / f"{number}.jpg")
    (folder / "写真 one.txt").write_text("words")
    with (folder / "large.bin").open("wb") as large:
        large.truncate(30 * MIB)
    project, headers = on_sqlite.project(variants={"thumb": {"width": 10}})
    key = headers["X-Api-Key"]

    code, told, said = upload(on_sqlite, key, str(folder), "--parallel", "3")
    assert (code, told[-1]) == (0, {"uploaded": 7, "skipped": 0, "failed": 0}), said
    listed = http.get(f"{on_sqlite.url}/files?limit=100", headers=headers).json()["data"]
    assert {each["id"]: each["filename"] for each in listed} == {
        each["id"]: Path(each["path"]).name for each in told[:-1]
    }
    assert Counter(bool(each["variants"]) for each in listed) == {True: 5, False: 2}

    (folder / "empty").touch()
    (folder / "new.txt").write_text("more words")
    code, told, _ = upload(on_sqlite, key, str(folder))
    assert (code, told[-1]) == (1, {"uploaded": 1, "skipped": 7, "failed": 1})
    assert [each["error"] for each in told[:-1] if each["result"] == "failed"] == ["the file is empty"]

    token = on_sqlite.headers["Authorization"].removeprefix("Bearer ")
    other, _ = on_sqlite.project()
    code, told, _ = upload(on_sqlite, token, str(folder / "new.txt"), "--project", other)
    assert (code, told[-1]) == (0, {"uploaded": 1, "skipped": 0, "failed": 0})
    assert project != other


@pytest.mark.parametrize("key", ["", "dk_" + "x" * 43])
def test_nobody_in_particular_uploads_nothing(on_sqlite: Service, key: str) -> None:
    file = on_sqlite.folder / "a.txt"
    file.write_text("words")
    code, told, said = upload(on_sqlite, key, str(file))
    assert code == 1
    assert "DARKROOM_API_KEY" in said if not key else told[-1]["failed"] == 1


HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
TAIL = b"\r\n--x--\r\n"


def raw(service: Service, headers: dict[str, str], length: int, body: bytes, *, leaves: bool = False) -> bytes:
    """Send a request whose length may be a lie, and read whatever is answered."""
    told = {**headers, "Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(length)}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    address = httpx2.URL(service.url)
    with socket.create_connection((address.host, address.port or 80), timeout=PATIENCE) as wire:
        wire.sendall(f"POST /upload/file HTTP/1.1\r\nHost: localhost\r\n{head}\r\n".encode() + body)
        if leaves:
            wire.shutdown(socket.SHUT_WR)
        return answer_of(wire)


def answer_of(wire: socket.socket) -> bytes:
    """One answer, in however many pieces it comes; nothing when the other side hangs up."""
    got = b""
    with suppress(ConnectionResetError):
        while not whole(got) and (piece := wire.recv(1 << 16)):
            got += piece
    return got


def whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    return bool(end) and length is not None and len(body) >= int(length[1])


def test_a_length_that_lies(on_sqlite: Service) -> None:
    project, key = on_sqlite.project(max_upload_bytes=10 * MIB)
    sent = HEAD + b"x" * 200_000 + TAIL
    too_short = raw(on_sqlite, key, len(sent) - 1000, sent[:-1000])
    assert too_short.startswith(b"HTTP/1.1 400 "), too_short
    assert b"malformed_multipart" in too_short
    too_long = raw(on_sqlite, key, len(sent) + 1000, sent, leaves=True)
    assert not too_long.startswith(b"HTTP/1.1 200 "), too_long
    # Refused before it is sent: all that came was its beginning.
    huge = raw(on_sqlite, key, 1 << 40, HEAD + b"x" * 200_000)
    assert huge.startswith(b"HTTP/1.1 413 "), huge
    assert b"upload_too_large" in huge
    deadline = time.monotonic() + PATIENCE
    while on_sqlite.blobs(project) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert on_sqlite.blobs(project) == []
    now = http.get(f"{on_sqlite.url}/projects/{project}", headers=on_sqlite.headers).json()
    assert (now["files_count"], now["storage_used_bytes"]) == (0, 0)
