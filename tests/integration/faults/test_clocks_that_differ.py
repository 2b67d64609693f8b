"""A worker whose clock is wrong: leases hold all the same, for they go by the database's.

On SQLite there is but one machine, and so one clock.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from tests.integration.faults.places import SLOW_VARIANTS, Place, descendants, furnish, until
from tests.integration.faults.test_workers_that_die import held_in_the_middle, thaw
from tests.servers.needs import faketime

# As far off as S3 suffers its clients' clocks to be.
AHEAD, BEHIND, RIGHT = "+14m", "-14m", "right"
# A hundredth of that, and no worker is so slow on a busy machine that it forgets to extend it.
LONGER_LEASE = {"JOB_LEASE": "12"}
SOON = 8


def clock(offset: str) -> dict[str, str]:
    if offset == RIGHT:
        return {}
    return {"LD_PRELOAD": str(faketime()), "FAKETIME": offset, "DONT_FAKE_MONOTONIC": "1"}


@contextmanager
def holding_a_job(place: Place, **settings: str) -> Iterator[str]:
    """A worker in the middle of a job, alone; it goes on when the block ends, finishes it, and leaves in good order."""
    with place.worker(**settings) as worker:
        file_id = held_in_the_middle(place, worker)
        yield file_id
        thaw(*descendants(worker.pid))
        place.until_settled(file_id)
        facts = place.job_facts(file_id)
        assert (facts["status"], facts["attempts"], facts["crashes"]) == ("completed", 1, 0), facts
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0


# The first is the worst: the clock of one says that all leases are over, that of the other that it has time.
CLOCKS = [
    pytest.param(BEHIND, AHEAD, id="one is behind, another ahead"),
    *(
        pytest.param(one, other, marks=pytest.mark.soak)
        for one, other in ((AHEAD, BEHIND), (RIGHT, AHEAD), (RIGHT, BEHIND), (AHEAD, RIGHT), (BEHIND, RIGHT))
    ),
]


@pytest.mark.parametrize(("holders", "idlers"), CLOCKS)
def test_nobody_takes_a_job_from_somebody_alive(
    data_centre: Callable[[], Place], needs_faketime: None, holders: str, idlers: str
) -> None:
    place = data_centre().with_settings(**LONGER_LEASE)
    furnish(place, SLOW_VARIANTS)
    with place.api(), holding_a_job(place, **clock(holders)) as file_id, place.worker(**clock(idlers)):
        # The lease is extended while the other one looks for work.
        until_then = place.job(file_id).due_at
        until(lambda: place.job(file_id).due_at > until_then)
    place.check_after_sweep()


@pytest.mark.parametrize(("followers", "holders"), CLOCKS)
def test_a_dead_workers_job_is_taken_up_in_time(
    data_centre: Callable[[], Place], needs_faketime: None, followers: str, holders: str
) -> None:
    place = data_centre()
    furnish(place, SLOW_VARIANTS)
    with place.api():
        with place.worker(**clock(holders)) as doomed:
            file_id = held_in_the_middle(place, doomed)
            doomed.kill()
            doomed.wait()
        # By the clock of the database, which is that of this machine.
        over = place.job(file_id).due_at
        with place.worker(**clock(followers)):
            ready = datetime.now(UTC)
            until(lambda: place.job_facts(file_id)["attempts"] == 2)
            taken = datetime.now(UTC)
            assert over < taken
            assert (taken - max(over, ready)).total_seconds() < SOON
            place.until_settled(file_id)
    assert place.status(file_id) == "ready"
    place.check_after_sweep()
