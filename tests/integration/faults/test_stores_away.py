"""The blob store is away, slow, full of errors or cut off: said at once, nothing half-made, well again afterwards."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from tests.integration.faults.places import PHOTO, QUICK_VARIANTS, Place, furnish, until
from tests.servers import http
from tests.servers.tcp_proxy import Fault, TcpProxy

FAULTS = {
    "away": Fault(up=0),
    "cut in the middle of the bytes": Fault(up=3_000),
    "cut before the answer": Fault(down=0),
    "full of errors": Fault(answer=b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"),
    "yes to everything": Fault(answer=b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
}
SILENT = Fault(silent=True)
AT_ONCE = 10
# The others let the little pass that is asked for health's sake.
AWAY_FOR_EVERYTHING = {"away", "full of errors", "silent"}


@dataclass
class Wired:
    """A data centre whose way to its store can be cut."""

    place: Place
    proxy: TcpProxy
    portal: BlockingPortal

    def cut(self, fault: Fault) -> None:
        self.proxy.fault = fault
        self.portal.call(self.proxy.drop_connections)

    def mend(self) -> None:
        self.cut(Fault())


@pytest.fixture
def wired(request: pytest.FixtureRequest) -> Iterator[Wired]:
    place: Place = request.getfixturevalue("data_centre")()
    furnish(place, QUICK_VARIANTS)
    address = urlsplit(place.settings["S3_ENDPOINT"])
    server = TcpProxy(str(address.hostname), int(address.port or 80))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(server) as proxy:
        yield Wired(place.with_settings(S3_ENDPOINT=f"http://127.0.0.1:{proxy.port}"), proxy, portal)


def check_told(place: Place, answer: httpx2.Response, name: str) -> None:
    assert answer.status_code == 503, (name, answer.text)
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"
    check_health(place, name)


def check_health(place: Place, name: str) -> None:
    assert not [file for file in place.rows().files if file.status != "pending"]
    assert http.get(f"{place.url}/health", timeout=10).status_code == 200
    assert http.get(f"{place.url}/health/database", timeout=60).status_code == 200
    if name in AWAY_FOR_EVERYTHING:
        # What readiness knows may be a moment old.
        until(lambda: http.get(f"{place.url}/health/ready", timeout=60).status_code == 503, 5)
        assert http.get(f"{place.url}/health/blobs", timeout=60).status_code == 503


def test_uploads_are_refused_for_a_while_and_leave_nothing(wired: Wired) -> None:
    place = wired.place
    with place.api():
        for name, fault in FAULTS.items():
            wired.cut(fault)
            began = time.monotonic()
            answer = place.upload()
            assert time.monotonic() - began < AT_ONCE, name
            check_told(place, answer, name)
        wired.mend()
        until(lambda: http.get(f"{place.url}/health/ready", timeout=30).status_code == 200, 10)
        assert place.upload(PHOTO).status_code == 200
    place.check_after_sweep()


def test_a_silent_store_holds_up_nothing_but_what_asks_for_it(wired: Wired) -> None:
    place = wired.place
    with place.api():
        wired.cut(SILENT)
        with ThreadPoolExecutor(1) as client:
            waiting = client.submit(place.upload, timeout=120)
            until(lambda: bool(place.rows().files))
            check_health(place, "silent")
            began = time.monotonic()
            assert place.get("/files").status_code == 200
            assert time.monotonic() - began < AT_ONCE
            wired.mend()
            answer = waiting.result()
        assert answer.status_code in {200, 503}, answer.text
        place.check(running=True)
        assert place.upload(PHOTO).status_code == 200
    place.check_after_sweep()


def test_work_waits_for_the_store_and_spends_no_attempt(wired: Wired) -> None:
    place = wired.place
    with place.api():
        file_id = place.uploaded()
    wired.cut(FAULTS["full of errors"])
    with place.worker() as worker:
        until(lambda: place.job_facts(file_id)["last_error"] is not None, told=lambda: place.told("worker"))
        facts = place.job_facts(file_id)
        assert (facts["status"], facts["attempts"]) == ("pending", 0), facts
        assert place.status(file_id) == "processing"
        wired.mend()
        place.until_settled(file_id)
        assert worker.poll() is None
    assert place.status(file_id) == "ready"
    place.check_after_sweep()


def test_bytes_cut_short_on_their_way_out_are_never_taken_for_the_whole(wired: Wired) -> None:
    place = wired.place
    with place.api():
        file_id = place.uploaded()
        wired.cut(Fault(down=len(PHOTO) // 2))
        with pytest.raises((httpx2.TransportError, AssertionError)):  # noqa: PT012
            answer = place.get(f"/files/{file_id}/content")
            assert answer.status_code == 200
            assert answer.content == PHOTO
        wired.mend()
        until(lambda: place.get(f"/files/{file_id}/content").content == PHOTO, 10)
