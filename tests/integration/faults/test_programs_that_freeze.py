"""An API or a worker that stands still at any moment holds up others for seconds only: PostgreSQL takes its locks away.

`test_postgres_store.py` has the short test of that rule.
"""

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx2
import pytest

from adapters.sql.engine import IDLE_IN_UNIT_MS
from tests.integration.faults.places import LEASE, Place, free_port, furnish, until
from tests.servers import http
from tests.unit.contracts.drawn import encoded, noise

CLIENTS = 4
TIMES = 20
STANDS_STILL = 6.0
SLACK = 4.0  # for a machine that is busy with all of this
IDLE = IDLE_IN_UNIT_MS / 1000
SMALL = encoded(noise((60, 40)), "image/jpeg")


def stand_still(process: int) -> None:
    os.kill(process, signal.SIGSTOP)
    time.sleep(STANDS_STILL)
    os.kill(process, signal.SIGCONT)


def upload_and_wait(place: Place) -> tuple[float, float]:
    """Seconds until the upload was answered, and until its job was done."""
    began = time.monotonic()
    file_id = place.uploaded(SMALL)
    answered = time.monotonic() - began
    until(lambda: place.get(f"/files/{file_id}").json()["status"] == "ready", told=lambda: place.told("worker"))
    return answered, time.monotonic() - began


def try_to_upload(place: Place) -> None:
    """To the one that stands still: it is to be in the middle of something, and may fail."""
    with suppress(httpx2.HTTPError):
        http.post(f"{place.url}/upload/file", files={"file": ("a.txt", b"text")}, headers=place.key, timeout=60)


@pytest.mark.soak
@pytest.mark.parametrize("victim", ["serve", "worker"])
def test_uploads_and_jobs_of_others_go_on(data_centre: Callable[[], Place], victim: str) -> None:
    place = data_centre()
    furnish(place, {"thumb": {"format": "webp", "width": 30}})
    other = place.with_settings(PORT=str(free_port()))
    over = threading.Event()
    waits: list[tuple[float, float]] = []

    def keep_on(what: Callable[[], None]) -> None:
        while not over.is_set():
            what()

    with place.api() as api, other.api(), place.worker() as worker, other.worker():
        with ThreadPoolExecutor(2 * CLIENTS) as clients:
            doing = [clients.submit(keep_on, lambda: waits.append(upload_and_wait(other))) for _ in range(CLIENTS)]
            doing += [clients.submit(keep_on, lambda: try_to_upload(place)) for _ in range(CLIENTS)]
            try:
                for _ in range(TIMES):
                    time.sleep(random.uniform(0.2, 1.0))
                    stand_still({"serve": api, "worker": worker}[victim].pid)
            finally:
                over.set()
        for each in doing:
            each.result()
    answered, done = (max(each) for each in zip(*waits, strict=True))
    assert len(waits) > TIMES
    # Each upload that stands still inside of a unit may come to hold the project's row in its turn.
    assert answered < CLIENTS * IDLE + SLACK
    assert done < LEASE + CLIENTS * IDLE + SLACK
    place.check_after_sweep()
