"""When things are due."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cron import Cron
from tests.tables import over_rows

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def numbers(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    span = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
    stepped = st.tuples(st.one_of(st.just("*"), span), st.integers(1, high)).map(lambda pair: f"{pair[0]}/{pair[1]}")
    return st.lists(st.one_of(number.map(str), span, stepped), min_size=1, max_size=3).map(",".join)


def schedules() -> st.SearchStrategy[str]:
    fields = [(0, 59), (0, 23), (1, 28), (1, 12), (0, 7)]
    return st.tuples(*(st.one_of(st.just("*"), numbers(*field)) for field in fields)).map(" ".join)


@pytest.mark.slow
@given(schedules(), MOMENTS)
def test_the_next_minute_is_due_and_none_before_it_is(told: str, moment: datetime) -> None:
    cron = Cron.parse(told)
    due = cron.after(moment)
    assert due > moment
    assert (due.second, due.microsecond) == (0, 0)
    assert cron.matches(due)
    # As far as anybody can count through.
    first = (moment + timedelta(minutes=1)).replace(second=0, microsecond=0)
    between = min(int((due - first).total_seconds() // 60), 3000)
    assert not any(cron.matches(first + timedelta(minutes=number)) for number in range(between))


@pytest.mark.slow
@given(schedules(), MOMENTS)
def test_it_goes_on(told: str, moment: datetime) -> None:
    cron = Cron.parse(told)
    first = cron.after(moment)
    assert cron.after(first) > first
    assert cron.after(first - timedelta(microseconds=1)) == first


@over_rows(
    ("told", "due"),
    [
        ("* * * * *", "2026-11-20T14:36"),
        ("*/15 * * * *", "2026-11-20T14:45"),
        ("0 3 * * *", "2026-11-21T03:00"),
        ("0 3 * * mon-fri", "2026-11-23T03:00"),
        ("0 0 1,15 * *", "2026-12-01T00:00"),
        ("30 4 1 1 *", "2027-01-01T04:30"),
        ("0 0 29 2 *", "2028-02-29T00:00"),
        ("0 0 13 * fri", "2026-11-27T00:00"),  # where both are restricted, one is enough
        ("0 0 * * 7", "2026-11-22T00:00"),
        ("0 0 * * sun", "2026-11-22T00:00"),
        ("5-59/20 * * nov *", "2026-11-20T14:45"),
        ("50/5 * * * *", "2026-11-20T14:50"),
        ("@hourly", "2026-11-20T15:00"),
        ("@Daily", "2026-11-21T00:00"),
    ],
)
def test_as_cron_has_always_had_it(told: str, due: str) -> None:
    moment = datetime(2026, 11, 20, 14, 35, 59, 999999, tzinfo=UTC)
    assert Cron.parse(told).after(moment) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_it_means_utc() -> None:
    moment = datetime(2026, 11, 20, 23, 30, tzinfo=timezone(timedelta(hours=2)))
    assert Cron.parse("0 22 * * *").after(moment) == datetime(2026, 11, 20, 22, tzinfo=UTC)


@over_rows(
    "told",
    ["", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "a * * * *",
     "5-1 * * * *", "*/0 * * * *", "*-5 * * * *", "1,,2 * * * *", "-1 * * * *", "1.5 * * * *", "٣ * * * *",
     "0 0 30 2 *", "99999999999 * * * *", "@never", "* * * foo *"],
)  # fmt: skip
def test_what_means_nothing_is_refused(told: str) -> None:
    with pytest.raises(ValueError, match=r"must|has|names"):
        Cron.parse(told)
