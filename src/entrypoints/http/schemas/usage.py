"""Usage, as clients ask for it and see it."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from domain.usage import Period, UsageKind, UsageLine


def _written_out(value: Any) -> Any:
    # A number would be read as so many seconds since 1970, and a time is no day.
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        raise ValueError("must be a date as in 2026-01-31")
    return value


AskedDate = Annotated[date, BeforeValidator(_written_out)]


class UsageQuery(BaseModel):
    """Which days (UTC) are wanted, both included: the last thirty where nothing is said, at most 366."""

    first: Annotated[AskedDate | None, Field(alias="from")] = None
    last: Annotated[AskedDate | None, Field(alias="to")] = None


class FilesSum(BaseModel):
    """Files that came in."""

    files: int
    bytes: int


class TransformsSum(BaseModel):
    """Variants that were made."""

    transforms: int
    bytes: int


class UsageSums(BaseModel):
    """Files that came in, and variants that were made, all together."""

    files: int
    bytes: int
    transforms: int
    transformed_bytes: int


class UsageDay(UsageSums):
    """One day, and what it had of each kind of media and of each variant."""

    model_config = ConfigDict(serialize_by_alias=True)

    day: Annotated[date, Field(serialization_alias="date")]
    by_kind: dict[str, FilesSum]
    by_variant: dict[str, TransformsSum]

    @classmethod
    def of(cls, day: date, lines: Sequence[UsageLine]) -> Self:
        """From the lines of one day."""
        return cls(
            **_sums(lines),
            day=day,
            by_kind={each.name: FilesSum(files=each.count, bytes=each.bytes) for each in _uploaded(lines)},
            by_variant={each.name: TransformsSum(transforms=each.count, bytes=each.bytes) for each in _made(lines)},
        )


class UsageBody(BaseModel):
    """What came in and what was made, day by day; days with nothing are left out."""

    model_config = ConfigDict(serialize_by_alias=True)

    project_id: UUID
    first: Annotated[date, Field(serialization_alias="from")]
    last: Annotated[date, Field(serialization_alias="to")]
    totals: UsageSums
    days: list[UsageDay]

    @classmethod
    def of(cls, project_id: UUID, asked: Period, lines: Sequence[UsageLine]) -> Self:
        """From lines sorted by day."""
        days = [UsageDay.of(day, tuple(of_day)) for day, of_day in groupby(lines, lambda line: line.day)]
        totals = UsageSums(**_sums(lines))
        return cls(project_id=project_id, first=asked.first, last=asked.last, totals=totals, days=days)


def _sums(lines: Sequence[UsageLine]) -> dict[str, int]:
    uploaded, made = _uploaded(lines), _made(lines)
    return {
        "files": sum(line.count for line in uploaded),
        "bytes": sum(line.bytes for line in uploaded),
        "transforms": sum(line.count for line in made),
        "transformed_bytes": sum(line.bytes for line in made),
    }


def _uploaded(lines: Iterable[UsageLine]) -> list[UsageLine]:
    return [line for line in lines if line.kind is UsageKind.UPLOADED]


def _made(lines: Iterable[UsageLine]) -> list[UsageLine]:
    return [line for line in lines if line.kind is UsageKind.MADE]
