"""The sweep goes round and round while many files come and go: nothing young is taken, nor anybody's."""

import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.integration.faults.odd_program import ROUNDS
from tests.integration.faults.places import ODD_PROGRAM, Place, until
from tests.servers import http
from tests.unit.contracts.drawn import encoded, noise

CLIENTS = 8
FILES = [40, pytest.param(400, marks=pytest.mark.soak)]
SMALL = encoded(noise((60, 40)), "image/jpeg")


@contextmanager
def sweeping(place: Place) -> Iterator["subprocess.Popen[bytes]"]:
    """Somebody who sweeps without end."""
    with place.started(ROUNDS, program=ODD_PROGRAM) as sweeper:
        until(lambda: place.told(ROUNDS).count("swept") >= 2, told=lambda: place.told(ROUNDS))
        yield sweeper


def uploaded_in_time(place: Place, body: bytes, door: str) -> str:
    """An upload that outlasts the short grace of this place is refused, and may be sent again."""
    while (answer := place.upload(body, door)).status_code == 503:
        assert "send it again" in answer.text, answer.text
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


@pytest.mark.parametrize("files", FILES)
def test_it_takes_nothing_that_belongs_to_anybody(place: Place, files: int) -> None:
    kept: list[str] = []
    lock = threading.Lock()

    def come_and_go(number: int) -> None:
        door = "image" if number % 4 == 0 else "file"
        file_id = uploaded_in_time(place, SMALL if door == "image" else b"%d" % number * 1000, door)
        if number % 2:
            gone = http.delete(f"{place.url}/files/{file_id}", headers=place.key, timeout=60)
            assert gone.status_code == 200, gone.text
            assert place.get(f"/files/{file_id}").status_code == 404
        else:
            with lock:
                kept.append(file_id)

    with place.api(), place.worker():
        with sweeping(place) as sweeper:
            with ThreadPoolExecutor(CLIENTS) as clients:
                list(clients.map(come_and_go, range(files)))
            before = place.told(ROUNDS).count("swept")
            until(lambda: place.told(ROUNDS).count("swept") >= before + 2 or sweeper.poll() is not None)
            assert sweeper.poll() is None, place.told(ROUNDS)[-3000:]
        place.until_settled(*kept)
        assert "Traceback" not in place.told(ROUNDS)
        place.check(running=True)
    rows = place.rows()
    assert {str(file.id) for file in rows.files} == set(kept)
    assert {file.status for file in rows.files} == {"ready"}
    place.check_after_sweep()
