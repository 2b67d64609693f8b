"""PostgreSQL restarts, or ends every connection, under load: it heals by itself and nothing is lost."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import psycopg
import pytest

from adapters.minio.location import S3Location
from tests.integration.faults.places import QUICK_VARIANTS, Place, furnish, in_a_data_centre, until
from tests.servers.ceph import S3Server
from tests.servers.postgres import PostgresServer
from tests.unit.contracts.drawn import encoded, noise

SMALL = encoded(noise((90, 60)), "image/jpeg")
CLIENTS = 3
HEALED_WITHIN = 10


@pytest.fixture
def postgres() -> Iterator[tuple[PostgresServer, str]]:
    """A server of our own, to be restarted."""
    if PostgresServer.missing():
        pytest.skip("PostgreSQL is missing")
    server = PostgresServer()
    with server as url:
        yield server, url


class Load:
    """Clients that upload until told to stop, and remember what they were promised."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.kept: list[str] = []
        self.refused: list[int] = []
        self.last_refusal = 0.0
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.go) for _ in range(CLIENTS)]

    def go(self) -> None:
        while not self.over.is_set():
            try:
                answer = self.place.upload(SMALL)
            except httpx2.TransportError:
                self.refused.append(0)
            else:
                if answer.status_code == 200:
                    self.kept.append(answer.json()["id"])
                    continue
                self.refused.append(answer.status_code)
                assert int(answer.headers["retry-after"]) > 0
            self.last_refusal = time.monotonic()

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        until(lambda: len(self.kept) >= CLIENTS)
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()


def end_backends(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


@pytest.mark.parametrize("fault", ["restarted", "every connection ended"])
def test_it_heals_and_nothing_is_lost(
    tmp_path: Path, postgres: tuple[PostgresServer, str], s3_server: S3Server, s3_bucket: str, fault: str
) -> None:
    server, url = postgres
    location = S3Location(s3_server.endpoint, s3_server.region, s3_server.access_key, s3_server.secret_key, s3_bucket)
    place = in_a_data_centre(tmp_path, url, location)
    furnish(place, QUICK_VARIANTS)
    disturb: Callable[[], None] = server.restart if fault == "restarted" else lambda: end_backends(url)
    with place.api() as api, place.worker() as worker:
        with Load(place) as load:
            for _ in range(3):
                disturb()
                back = time.monotonic()
                before = len(load.kept)
                until(lambda: len(load.kept) >= before + CLIENTS, HEALED_WITHIN)  # noqa: B023
                assert time.monotonic() - back < HEALED_WITHIN
        assert set(load.refused) <= {503}, load.refused
        assert api.poll() is None
        assert worker.poll() is None
        place.until_settled(*load.kept)
        files = {str(file.id): file.status for file in place.rows().files}
        assert {files.get(kept) for kept in load.kept} == {"ready"}
        assert "Traceback" not in place.told("worker")
    place.check_after_sweep()
