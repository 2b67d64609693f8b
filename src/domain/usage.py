"""Usage: what came in and what was made, day by day."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.errors import FieldError, Invalid

USUAL_DAYS = 30
MOST_DAYS = 366


class UsageKind(StrEnum):
    """What is counted: files that came in, by media kind; pictures that were made, by variant."""

    UPLOADED = "uploaded"
    MADE = "made"


@dataclass(frozen=True, slots=True)
class UsageLine:
    """How many of one name there were on a day (UTC), and how many bytes they had."""

    day: date
    kind: UsageKind
    name: str
    count: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Period:
    """Days in a row, the first and the last included."""

    first: date
    last: date


def period(first: date | None, last: date | None, today: date) -> Period:
    """The days asked for: up to today, and thirty of them, where nothing else is said."""
    end = last or today
    # No calendar begins before its first day.
    start = first or date.fromordinal(max(1, end.toordinal() - USUAL_DAYS + 1))
    if start > end:
        raise Invalid("from lies behind to", errors=[FieldError("from", "must not lie behind 'to'")])
    if end - start >= timedelta(days=MOST_DAYS):
        told = f"at most {MOST_DAYS} days can be asked for at once"
        raise Invalid(told, errors=[FieldError("from", told)])
    return Period(start, end)
