"""What came in and what was made, in SQL."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy import Executable, select

from adapters.sql.database import SqlDatabase
from adapters.sql.inserting import insert_into
from adapters.sql.rows import usage_of, usage_row
from adapters.sql.tables import usage
from adapters.sql.transaction import Transaction
from domain.usage import UsageKind, UsageLine


@cache
def _adding(dialect: str) -> Executable:
    adding = insert_into(usage, dialect)
    sums = {name: usage.c[name] + adding.excluded[name] for name in ("count", "bytes")}
    return adding.on_conflict_do_update(index_elements=[column.name for column in usage.primary_key], set_=sums)


class SqlUsage:
    """Sums, inside a unit of work."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, project_id: UUID, lines: Sequence[UsageLine]) -> None:
        if not lines:
            return
        values = [usage_row(project_id, line) for line in _merged(lines)]
        await self._transaction.execute(_adding(self._transaction.dialect), values)


def _merged(lines: Sequence[UsageLine]) -> Sequence[UsageLine]:
    """One line of each key, always in the same order, so that no two units wait for each other's lines."""
    sums: defaultdict[tuple[date, UsageKind, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for line in lines:
        count, size = sums[line.day, line.kind, line.name]
        sums[line.day, line.kind, line.name] = count + line.count, size + line.bytes
    return [UsageLine(*key, *sums[key]) for key in sorted(sums)]


class SqlUsageReads:
    """Sums, to look at."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def between(self, project_id: UUID, first: date, last: date) -> Sequence[UsageLine]:
        query = select(usage).where(usage.c.project_id == project_id, usage.c.day.between(first, last))
        async with self._database.reading() as connection:
            lines = usage_of(await connection.execute(query))
        # Not by the database, which may have its own mind about the order of letters.
        return sorted(lines, key=lambda line: (line.day, line.kind, line.name))
