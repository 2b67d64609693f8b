"""What came in and what was made, in memory."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from adapters.memory.state import Draft, MemoryDatabase
from domain.errors import ParentMissing
from domain.usage import UsageKind, UsageLine


class MemoryUsage:
    """Sums, inside a unit of work."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def add(self, project_id: UUID, lines: Sequence[UsageLine]) -> None:
        rows = self._draft.rows
        if lines and project_id not in rows.projects:
            self._draft.refuse(ParentMissing("the project is gone"))
        for line in lines:
            key = (project_id, line.day, line.kind.value, line.name)
            count, size = rows.usage.get(key, (0, 0))
            rows.usage[key] = (count + line.count, size + line.bytes)


class MemoryUsageReads:
    """Sums, to look at."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def between(self, project_id: UUID, first: date, last: date) -> Sequence[UsageLine]:
        kept = sorted(self._database.rows.usage.items())
        return [
            UsageLine(day, UsageKind(kind), name, *sums)
            for (owner, day, kind, name), sums in kept
            if owner == project_id and first <= day <= last
        ]
