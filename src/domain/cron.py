"""When, as in cron: five fields (minute, hour, day of the month, month, day of the week), in UTC."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_DAYS = {name: number for number, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
)
_SHORT = {
    "@yearly": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_PART = re.compile(r"(\*|\w+)(?:-(\w+))?(?:/(\d{1,4}))?")
_LOOKED_AHEAD = 366 * 41
"""Days: the 29th of February on a certain day of the week comes within 28 years, or 40 around 2100."""


@dataclass(frozen=True, slots=True)
class Cron:
    """The minutes at which something is due."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool

    @classmethod
    def parse(cls, told: str) -> Self:
        """From the usual notation; a ValueError says what is wrong with it."""
        words = _SHORT.get(told.strip().lower(), told).split()
        if len(words) != len(_FIELDS):
            raise ValueError(f"must have five fields ({', '.join(name for name, *_ in _FIELDS)}), as in */15 * * * *")
        sets = [_field(word.lower(), *field) for word, field in zip(words, _FIELDS, strict=True)]
        minutes, hours, days, months, weekdays = sets
        sundays = frozenset(day % 7 for day in weekdays)
        every = [word.startswith("*") for word in words]
        cron = cls(minutes, hours, days, months, sundays, every[2], every[4])
        if next(cron._dates(datetime(2000, 1, 1, tzinfo=UTC)), None) is None:
            raise ValueError("names a day that never comes")
        return cron

    def after(self, moment: datetime) -> datetime:
        """The first minute that is due and later than this."""
        start = (moment.astimezone(UTC) + timedelta(minutes=1)).replace(second=0, microsecond=0)
        for day in self._dates(start):
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    due = day.replace(hour=hour, minute=minute)
                    if due >= start:
                        return due
        raise ValueError("nothing is due any more")

    def matches(self, moment: datetime) -> bool:
        """Whether this minute is due."""
        told = moment.astimezone(UTC)
        return told.minute in self.minutes and told.hour in self.hours and self._on(told)

    def _dates(self, start: datetime) -> Iterator[datetime]:
        midnight = start.replace(hour=0, minute=0)
        for ahead in range(_LOOKED_AHEAD):
            day = midnight + timedelta(days=ahead)
            if self._on(day):
                yield day

    def _on(self, day: datetime) -> bool:
        if day.month not in self.months:
            return False
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        # As cron has always had it: where both are restricted, one of them is enough.
        if self.any_day or self.any_weekday:
            return in_month and in_week
        return in_month or in_week


def _field(word: str, name: str, low: int, high: int, names: dict[str, int]) -> frozenset[int]:
    chosen: set[int] = set()
    for part in word.split(","):
        found = _PART.fullmatch(part)
        if found is None or (found[1] == "*" and found[2]):
            raise ValueError(f"has no {name} that can be read: {part!r}")
        begin, end = _range(*found.groups(), name=name, low=low, high=high, names=names)
        step = int(found[3] or 1)
        if begin > end or step == 0:
            raise ValueError(f"has a {name} that means nothing: {part!r}")
        chosen.update(range(begin, end + 1, step))
    return frozenset(chosen)


def _range(
    first: str, last: str | None, step: str | None, *, name: str, low: int, high: int, names: dict[str, int]
) -> tuple[int, int]:
    if first == "*":
        return low, high
    begin = _number(first, name, low, high, names)
    if last:
        return begin, _number(last, name, low, high, names)
    return begin, high if step else begin


def _number(word: str, name: str, low: int, high: int, names: dict[str, int]) -> int:
    value = names.get(word, int(word) if word.isascii() and word.isdigit() and len(word) < 5 else -1)
    if not low <= value <= high:
        raise ValueError(f"has a {name} beyond {low} to {high}: {word!r}")
    return value
