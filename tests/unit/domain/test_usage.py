"""Which days usage is told of."""

from datetime import date

import pytest

from domain.errors import Invalid
from domain.usage import Period, period
from tests.tables import over_rows

TODAY = date(2026, 3, 31)


@over_rows(
    ("first", "last", "asked"),
    [
        (None, None, Period(date(2026, 3, 2), TODAY)),
        (date(2026, 3, 30), None, Period(date(2026, 3, 30), TODAY)),
        (None, date(2026, 1, 30), Period(date(2026, 1, 1), date(2026, 1, 30))),
        (TODAY, TODAY, Period(TODAY, TODAY)),
        (date(2024, 1, 1), date(2024, 12, 31), Period(date(2024, 1, 1), date(2024, 12, 31))),
        (None, date.min, Period(date.min, date.min)),
        (None, date.max, Period(date(9999, 12, 2), date.max)),
    ],
)
def test_days_asked_for(first: date | None, last: date | None, asked: Period) -> None:
    assert period(first, last, TODAY) == asked


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2026, 4, 1), None), (date(2026, 1, 2), date(2026, 1, 1)), (date(2025, 1, 1), date(2026, 1, 2))],
)
def test_days_that_cannot_be_asked_for(first: date, last: date | None) -> None:
    with pytest.raises(Invalid) as refused:
        period(first, last, TODAY)
    assert [error.field for error in refused.value.errors] == ["from"]
