"""A worker whose clock is wrong: leases hold all the same, for they go by the database's.

On SQLite there is but one machine, and so one clock.
"""

import signal
import time
from collections.abc import Callable

import pytest

from tests.integration.faults.places import LEASE, SLOW_VARIANTS, Place, furnish, until
from tests.servers.needs import faketime

# As far off as S3 suffers its clients' clocks to be.
AHEAD, BEHIND = "+14m", "-14m"


def wrong_clock(offset: str) -> dict[str, str]:
    return {"LD_PRELOAD": str(faketime()), "FAKETIME": offset, "DONT_FAKE_MONOTONIC": "1"}


@pytest.mark.parametrize("offset", [AHEAD, BEHIND])
def test_nobody_takes_a_job_from_somebody_alive(
    data_centre: Callable[[], Place], needs_faketime: None, offset: str
) -> None:
    place = data_centre()
    furnish(place, SLOW_VARIANTS)
    with place.api(), place.worker(**wrong_clock(offset)) as wrong, place.worker() as right:
        files = [place.uploaded() for _ in range(3)]
        place.until_settled(*files)
        for file_id in files:
            facts = place.job_facts(file_id)
            assert (facts["status"], facts["attempts"], facts["crashes"]) == ("completed", 1, 0), facts
        for worker in (wrong, right):
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(20) == 0
    place.check_after_sweep()


@pytest.mark.parametrize("offset", [AHEAD, BEHIND])
def test_a_dead_workers_job_is_taken_up_in_time(
    data_centre: Callable[[], Place], needs_faketime: None, offset: str
) -> None:
    place = data_centre()
    furnish(place, SLOW_VARIANTS)
    with place.api():
        with place.worker(**wrong_clock(offset)) as doomed:
            file_id = place.uploaded()
            place.until_under_way(file_id)
            doomed.kill()
            doomed.wait()
        died = time.monotonic()
        with place.worker(**wrong_clock(offset)):
            until(lambda: place.job_facts(file_id)["attempts"] == 2)
            assert LEASE / 2 < time.monotonic() - died < LEASE + 8
            place.until_settled(file_id)
    assert place.status(file_id) == "ready"
    place.check_after_sweep()
