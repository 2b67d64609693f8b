"""Numbers on a page: what several processes did adds up, and what is said of them is what happened."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.integration.stories.running import PROGRAM, darkroom, environment, free_port, process, wait_until_ready
from tests.integration.stories.test_one_picture import create_superuser, make_key, make_project, photo, sign_in, upload
from tests.servers import http
from tests.servers.process import completed, started
from tests.unit.adapters.exposition import Page, read

PICTURES, FILES = 3, 2
PATIENCE = 30.0
TOKEN = "the token of the collector"


@dataclass(frozen=True)
class Installation:
    """An API and two workers, each with a page."""

    api: str
    workers: tuple[str, str]
    settings: Mapping[str, str]
    folder: Path

    @property
    def urls(self) -> tuple[str, ...]:
        return (self.api, *self.workers)


def page(url: str) -> Page:
    answer = http.get(f"{url}/metrics", timeout=10)
    assert answer.status_code == 200, answer.text
    return read(answer.text)


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.5)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[Installation]:
    """Used once, so that there is something to count."""
    folder = tmp_path_factory.mktemp("numbers")
    ports = [free_port() for _ in range(3)]
    settings = {
        "PORT": str(ports[0]),
        "DATA_DIR": str(folder / "data"),
        "DATABASE_URL": postgres_url,
        "METRICS_DIR": str(folder / "metrics"),
        "WORKER_CONCURRENCY": "1",
        "POLL_INTERVAL": "0.2",
    }
    darkroom("migrate", settings=settings, folder=folder)
    create_superuser(settings, folder)
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    with ExitStack() as running:
        api = running.enter_context(process("serve", settings=settings, folder=folder))
        wait_until_ready(urls[0], api, folder / "serve.log")
        for port, url in zip(ports[1:], urls[1:], strict=True):
            chosen = {**settings, "METRICS_PORT": str(port)}
            worker = running.enter_context(process("worker", settings=chosen, folder=folder))
            wait_until_ready(url, worker, folder / "worker.log")
        used(urls[0])
        yield Installation(urls[0], (urls[1], urls[2]), settings, folder)


def used(url: str) -> None:
    """Pictures and files sent, and everything done that comes of it."""
    with http.Client(base_url=url, timeout=60) as client:
        token = sign_in(client)
        key = make_key(client, token, make_project(client, token))
        for _ in range(PICTURES):
            upload(client, key)
        for number in range(FILES):
            sent = {"file": ("a.txt", b"a text %d" % number, "text/plain")}
            client.post("/upload/file", headers=key, files=sent).raise_for_status()
        eventually(lambda: done(url) == PICTURES)
        assert client.get("/files/nobodys").status_code == 401
        assert client.get("/made/up").status_code == 404


def done(url: str) -> float:
    return page(url)("darkroom_job_tries_total", kind="ProcessImage", outcome="completed")


def standing(url: str, **jobs: int) -> bool:
    """Whether so many pictures stand where; they are counted now and then."""
    told = page(url)
    return all(told("darkroom_jobs", kind="ProcessImage", state=state) == number for state, number in jobs.items())


def test_any_process_shows_what_all_of_them_did(installation: Installation) -> None:
    for url in installation.urls:
        eventually(partial(standing, url, completed=PICTURES, waiting=0, active=0))
    pages = {url: page(url) for url in installation.urls}
    for told in pages.values():
        assert told("darkroom_http_requests_total", route="/upload/image", method="POST", status="200") == PICTURES
        assert told("darkroom_http_requests_total", route="/upload/file", method="POST", status="200") == FILES
        assert told("darkroom_http_request_duration_seconds_count", route="/upload/image", method="POST") == PICTURES
        assert told("darkroom_http_requests_total", route="none", method="GET", status="404") == 1
        assert told("darkroom_uploads_total", kind="image") == PICTURES
        assert told("darkroom_uploads_total", kind="file") == FILES
        assert told("darkroom_upload_bytes_total", kind="image") == PICTURES * len(photo())
        assert told("darkroom_http_received_bytes_total", route="/upload/image") > PICTURES * len(photo())
        assert told("darkroom_job_tries_total", kind="ProcessImage", outcome="completed") == PICTURES
        assert told("darkroom_job_duration_seconds_count", kind="ProcessImage") == PICTURES
        assert told("darkroom_job_wait_seconds_count", kind="ProcessImage") == PICTURES
        assert told("darkroom_claim_duration_seconds_count") > PICTURES
        assert told.total("darkroom_dependency_errors_total") == 0
        processes = [dict(labels) for name, labels in told.samples if name == "process_cpu_seconds_total"]
        assert sorted((each["program"], each["process"]) for each in processes) == [
            ("serve", "0"),
            ("worker", "1"),
            ("worker", "2"),
        ]
        assert told.total("process_resident_memory_bytes") > 100 << 20


def test_what_a_killed_worker_counted_stays_and_its_successor_counts_on(installation: Installation) -> None:
    folder, port = installation.folder, free_port()
    third = {**installation.settings, "METRICS_PORT": str(port)}
    command = [*PROGRAM, "worker"]
    with (folder / "third.log").open("ab") as log:
        for _ in range(2):
            child = started(command, cwd=folder, env=environment(third), stdout=log, stderr=log)
            wait_until_ready(f"http://127.0.0.1:{port}", child, folder / "third.log")
            before = page(installation.api)
            assert before.total("process_cpu_seconds_total", process="3", program="worker") > 0
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
            after = page(installation.api)
            assert after.total("process_cpu_seconds_total", process="3", program="worker") == 0
            assert done(installation.api) == PICTURES
            claims = "darkroom_claim_duration_seconds_count"
            assert after(claims) >= before(claims)
    assert len(list((folder / "metrics").glob("histogram_*.db"))) == 4


def test_a_worker_alone_shows_its_health_and_is_private_where_asked_for(
    tmp_path: Path, empty_postgres_url: str
) -> None:
    port = free_port()
    settings = {
        "DATA_DIR": str(tmp_path / "data"),
        "DATABASE_URL": empty_postgres_url,
        "METRICS_PORT": str(port),
        "METRICS_TOKEN": TOKEN.replace(" ", "-"),
    }
    darkroom("migrate", settings=settings, folder=tmp_path)
    url = f"http://127.0.0.1:{port}"
    with process("worker", settings=settings, folder=tmp_path) as worker:
        wait_until_ready(url, worker, tmp_path / "worker.log")
        assert http.get(f"{url}/health").json()["status"] == "ok"
        assert http.get(f"{url}/health/database").status_code == 200
        assert http.get(f"{url}/files").status_code == 404
        assert http.get(f"{url}/metrics").status_code == 401
        answer = http.get(f"{url}/metrics", headers={"Authorization": f"Bearer {settings['METRICS_TOKEN']}"})
        assert read(answer.text).total("process_resident_memory_bytes", program="worker", process="0") > 0

        other = completed([*PROGRAM, "worker"], cwd=tmp_path, env=environment(settings))
        assert other.returncode == 1
        assert "METRICS_PORT" in other.stderr.splitlines()[-1]
