"""API and worker may be started before their database is there: they wait, say so, and come up."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from anyio.from_thread import start_blocking_portal

from tests.integration.stories.running import PATIENCE, darkroom, free_port, process, wait_until_ready
from tests.servers import http
from tests.servers.tcp_proxy import Fault, TcpProxy

AWAY = Fault(up=0)
WAITING = "App | waiting for the database"
WORKING = "Worker | ready"
PERSON = {"username": "riz", "password": "correct horse battery staple"}
FIRST_SUPERUSER = {"SU_USERNAME": PERSON["username"], "SU_PASSWORD": PERSON["password"]}
SOON = 10


@pytest.fixture
def way_to_postgres(empty_postgres_url: str) -> Iterator[tuple[TcpProxy, str]]:
    """A way to an empty database that is closed at first, and the address by which it leads there."""
    parts = urlsplit(empty_postgres_url)
    server = TcpProxy(parts.hostname or "127.0.0.1", parts.port or 5432)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(server) as proxy:
        proxy.fault = AWAY
        people = parts.netloc.rpartition("@")[0]
        yield proxy, urlunsplit(parts._replace(netloc=f"{people}@127.0.0.1:{proxy.port}"))


def until_it_says(log: Path, words: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if log.exists() and words in log.read_text():
            return
        time.sleep(0.05)
    raise AssertionError(f"never said {words!r}:\n{log.read_text()}")


def check_unready(url: str) -> None:
    """It lives, and sends everybody who wants something of the database away for a while."""
    assert http.get(f"{url}/health", timeout=10).status_code == 200
    sign_in = http.post(f"{url}/auth/login", json=PERSON, timeout=30)
    for answer in (http.get(f"{url}/health/ready", timeout=30), sign_in):
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["retry-after"]) > 0


def test_the_database_comes_last(
    tmp_path: Path, way_to_postgres: tuple[TcpProxy, str], empty_postgres_url: str
) -> None:
    proxy, address = way_to_postgres
    port, logs = free_port(), {name: tmp_path / f"{name}.log" for name in ("serve", "worker")}
    settings = {"PORT": str(port), "DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": address, **FIRST_SUPERUSER}
    url = f"http://127.0.0.1:{port}"
    with ExitStack() as processes:
        api = processes.enter_context(process("serve", settings=settings, folder=tmp_path))
        processes.enter_context(process("worker", settings=settings, folder=tmp_path))
        for log in logs.values():
            until_it_says(log, WAITING)
        check_unready(url)

        proxy.fault = Fault()
        for log in logs.values():
            until_it_says(log, "run 'darkroom migrate'")
        check_unready(url)
        assert WORKING not in logs["worker"].read_text()

        straight = {**settings, "DATABASE_URL": empty_postgres_url}
        assert "applied" in darkroom("migrate", settings=straight, folder=tmp_path)
        wait_until_ready(url, api, logs["serve"])
        assert "made the first superuser" in logs["serve"].read_text()
        until_it_says(logs["worker"], WORKING)
        assert http.post(f"{url}/auth/login", json=PERSON, timeout=30).status_code == 200
    assert "Traceback" not in "".join(log.read_text() for log in logs.values())


@pytest.mark.parametrize("command", ["serve", "worker", "up"])
def test_whoever_waits_can_be_stopped(tmp_path: Path, command: str) -> None:
    port = free_port()
    nowhere = {"PORT": str(port), "DATABASE_URL": f"postgresql://me@127.0.0.1:{free_port()}/nothing"}
    with process(command, settings={**nowhere, "DATA_DIR": str(tmp_path / "data")}, folder=tmp_path):
        log = tmp_path / f"{command}.log"
        until_it_says(log, WAITING)
        if command == "serve":
            check_unready(f"http://127.0.0.1:{port}")
        asked = time.monotonic()
    assert time.monotonic() - asked < SOON
    assert "Traceback" not in log.read_text()
