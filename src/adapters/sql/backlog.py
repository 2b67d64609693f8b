"""The queue as a whole, counted in SQL."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text

from adapters.sql.database import SqlDatabase
from adapters.sql.dbtime import After
from adapters.sql.tables import jobs
from application.ports.backlog import JobState, Standing

_LATER = func.count().filter(jobs.c.due_at > After()).label("later")
_COUNTED = select(jobs.c.kind, func.count().label("jobs"), _LATER).group_by(jobs.c.kind)
# Written out, so that both databases see that the index of claims holds all that is asked for here. That index does
# not know which of them are active; those are few, and looked up by themselves.
_UNFINISHED = _COUNTED.add_columns(func.min(jobs.c.due_at).label("oldest"), After().label("now")).where(
    text("status IN ('pending', 'processing')")
)
_ACTIVE = _COUNTED.where(text("status = 'processing'"))
_ENDED = (
    select(jobs.c.kind, jobs.c.status, func.count().label("jobs"))
    .where(text("status IN ('completed', 'failed', 'cancelled')"))
    .group_by(jobs.c.kind, jobs.c.status)
)


class SqlBacklog:
    """Counts jobs."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def unfinished(self) -> Sequence[Standing]:
        async with self._database.reading() as connection:
            active = {row.kind: row for row in await connection.execute(_ACTIVE)}
            found = (await connection.execute(_UNFINISHED)).all()
        return [standing for row in found for standing in _standings(row, active.get(row.kind))]

    async def ended(self) -> Sequence[Standing]:
        async with self._database.reading() as connection:
            rows = await connection.execute(_ENDED)
            return [Standing(row.kind, JobState(row.status), row.jobs) for row in rows]


def _standings(row: Any, active: Any) -> Iterator[Standing]:
    # The lease of an active job ends later; when it is over, the job is due as well, but nobody took it up yet.
    working, leased = (active.jobs, active.later) if active else (0, 0)
    delayed = max(0, row.later - leased)
    yield Standing(row.kind, JobState.WAITING, max(0, row.jobs - delayed - working), _age(row.oldest, row.now))
    yield Standing(row.kind, JobState.DELAYED, delayed)
    yield Standing(row.kind, JobState.ACTIVE, working)


def _age(oldest: datetime, now: datetime) -> float:
    return max(0.0, (now - oldest).total_seconds())
