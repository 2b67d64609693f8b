"""Port: what came in and what was made, day by day."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

from domain.usage import UsageLine


class Usage(Protocol):
    """Sums, added to in the unit of work of what they count."""

    async def add(self, project_id: UUID, lines: Sequence[UsageLine]) -> None:
        """Add to the sums of a project; several lines of one day, kind and name are added up."""
        ...


class UsageReads(Protocol):
    """Sums, to look at."""

    async def between(self, project_id: UUID, first: date, last: date) -> Sequence[UsageLine]:
        """The sums of these days, both included, by day, kind and name."""
        ...
