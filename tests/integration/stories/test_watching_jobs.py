"""A job watched from its beginning to its end, over a real connection, while a real worker does it."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.stories.running import darkroom, free_port, process, wait_until_ready
from tests.integration.stories.test_one_picture import create_superuser, make_key, make_project, sign_in, upload
from tests.servers import http

LIFE = ["pending", "processing", "completed"]


@dataclass(frozen=True)
class Installation:
    """A Darkroom, and the process of it that serves."""

    url: str
    api: subprocess.Popen[bytes]


@contextmanager
def installed(folder: Path, settings: Mapping[str, str], *commands: str) -> Iterator[Installation]:
    """A Darkroom that runs as these commands, the first of which serves."""
    port = free_port()
    chosen = {"PORT": str(port), "DATA_DIR": str(folder / "data"), "WORKER_CONCURRENCY": "1", **settings}
    darkroom("migrate", settings=chosen, folder=folder)
    create_superuser(chosen, folder)
    url = f"http://127.0.0.1:{port}"
    with ExitStack() as processes:
        running = [processes.enter_context(process(each, settings=chosen, folder=folder)) for each in commands]
        wait_until_ready(url, running[0], folder / f"{commands[0]}.log")
        yield Installation(url, running[0])


@pytest.fixture
def in_one_process(tmp_path: Path) -> Iterator[Installation]:
    with installed(tmp_path, {}, "up") as installation:
        yield installation


@pytest.fixture
def api_and_worker_apart(tmp_path: Path, empty_postgres_url: str) -> Iterator[Installation]:
    with installed(tmp_path, {"DATABASE_URL": empty_postgres_url}, "serve", "worker") as installation:
        yield installation


def told(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, object]]]:
    """Id and job of each update."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
            continue
        if "data" in fields:
            assert fields["event"] == "job_update"
            yield fields["id"], json.loads(fields["data"])
        fields = {}


@pytest.mark.parametrize("installation", ["in_one_process", "api_and_worker_apart"])
def test_a_job_is_watched_to_its_end(installation: str, request: pytest.FixtureRequest) -> None:
    place: Installation = request.getfixturevalue(installation)
    with http.Client(base_url=place.url, timeout=30) as client:
        signed_in = sign_in(client)
        project = make_project(client, signed_in)
        key = make_key(client, signed_in, project)
        token = signed_in["Authorization"].removeprefix("Bearer ")
        events = f"/projects/{project}/events?token={token}"

        with client.stream("GET", events) as stream:
            assert stream.status_code == 200
            lines = stream.iter_lines()
            assert next(lines).startswith("retry: ")
            file = upload(client, key)
            updates = told(lines)
            seen = [next(updates) for _ in LIFE]
        assert [job["status"] for _, job in seen] == LIFE
        assert {job["file_id"] for _, job in seen} == {file["id"]}
        assert len({job["id"] for _, job in seen}) == 1
        assert (seen[0][1]["attempts"], seen[-1][1]["attempts"], seen[-1][1]["progress"]) == (0, 1, 100)

        with client.stream("GET", events, headers={"Last-Event-ID": seen[0][0]}) as stream:
            again = told(stream.iter_lines())
            assert [next(again) for _ in LIFE[1:]] == seen[1:]

        with client.stream("GET", "/admin/jobs/events", headers=signed_in) as stream:
            lines = stream.iter_lines()
            next(lines)
            began = time.monotonic()
            place.api.send_signal(signal.SIGTERM)
            assert not list(told(lines))
        assert place.api.wait(10) == 0
        assert time.monotonic() - began < 8, "an open stream held up the end of the service"
