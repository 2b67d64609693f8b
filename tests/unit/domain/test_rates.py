"""How hits add up and time pays them off."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rates import SECOND, Limit, Verdict
from tests.tables import over_rows

MINUTE = timedelta(minutes=1)
LIMITS = st.builds(
    Limit, st.integers(1, 500), st.timedeltas(min_value=timedelta(milliseconds=1), max_value=timedelta(days=1))
)
PAUSES = st.lists(st.integers(0, 3 * SECOND), max_size=100)


class Bucket:
    """What an adapter keeps."""

    def __init__(self, limit: Limit) -> None:
        self.limit, self.now, self.clear_at = limit, 0, 0

    def hit(self) -> Verdict:
        owed, verdict = self.limit.hit(self.limit.owed(self.clear_at, self.now))
        self.clear_at = self.now + owed
        return verdict

    def look(self) -> Verdict:
        return self.limit.look(self.limit.owed(self.clear_at, self.now))


def test_the_whole_limit_at_once_and_then_one_by_one() -> None:
    bucket = Bucket(Limit(3, MINUTE))
    assert [bucket.hit().allowed for _ in range(4)] == [True, True, True, False]
    assert bucket.hit() == Verdict(allowed=False, remaining=0, reset_after=60, retry_after=20)
    bucket.now += 20 * SECOND
    assert bucket.hit() == Verdict(allowed=True, remaining=0, reset_after=60, retry_after=20)
    bucket.now += 60 * SECOND
    assert bucket.look() == Verdict(allowed=True, remaining=3, reset_after=0, retry_after=0)
    assert bucket.hit() == Verdict(allowed=True, remaining=2, reset_after=20, retry_after=0)


@over_rows(("count", "per"), [(0, MINUTE), (-1, MINUTE), (1, timedelta(0)), (61_000_000, MINUTE)])
def test_limits_that_make_no_sense(count: int, per: timedelta) -> None:
    with pytest.raises(ValueError, match="limit"):
        Limit(count, per)


@given(LIMITS, PAUSES)
def test_never_more_than_a_full_burst_and_what_time_gave(limit: Limit, pauses: list[int]) -> None:
    bucket, allowed = Bucket(limit), 0
    for pause in pauses:
        bucket.now += pause
        allowed += bucket.hit().allowed
        assert allowed <= limit.count + bucket.now // limit.interval


@given(LIMITS, PAUSES)
def test_what_is_said_comes_true(limit: Limit, pauses: list[int]) -> None:
    bucket = Bucket(limit)
    for pause in pauses:
        bucket.now += pause
        looked, verdict = bucket.look(), bucket.hit()
        assert looked.allowed == verdict.allowed == (looked.remaining > 0) == (looked.retry_after == 0)
        assert verdict.remaining == looked.remaining - verdict.allowed
        assert 0 <= verdict.retry_after <= limit.interval / SECOND
        assert verdict.reset_after <= limit.most / SECOND <= limit.per.total_seconds()
    wait = round(bucket.look().retry_after * SECOND)
    bucket.now += wait - 1
    assert wait == 0 or not bucket.look().allowed
    bucket.now += 1
    assert bucket.look().allowed


@given(LIMITS)
def test_those_who_keep_to_it_are_never_refused(limit: Limit) -> None:
    bucket = Bucket(limit)
    for _ in range(200):
        assert bucket.hit().allowed
        bucket.now += limit.interval


@given(LIMITS, st.integers(-(2**52), 2**52), st.integers(0, 2**52))
def test_nobody_waits_longer_than_the_limit_says_whatever_the_clock_did(limit: Limit, clear_at: int, now: int) -> None:
    verdict = limit.look(limit.owed(clear_at, now))
    assert verdict.retry_after <= limit.interval / SECOND
    assert verdict.reset_after <= limit.most / SECOND
