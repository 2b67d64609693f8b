"""The queue in SQL, as workers use it."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select

from adapters.sql.claim import claim_statement
from adapters.sql.database import SqlDatabase
from adapters.sql.dbtime import After
from adapters.sql.finishing import Finished, Finishing
from adapters.sql.jobs import lease_lost, of_lease
from adapters.sql.rows import job_of
from adapters.sql.tables import jobs
from adapters.sql.types import NOBODY
from domain.events import Event
from domain.jobs import Job, JobKind, JobStatus, Lease


class SqlJobQueue:
    """Where workers get their jobs. It remembers whom it served last, so that projects take turns."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database
        self._served = NOBODY
        self._finishing = Finishing(database)

    async def claim(self, *, slots: int, lease: timedelta, kinds: Collection[JobKind] | None = None) -> Sequence[Job]:
        # Kinds are always named: a newer program's jobs wait for a worker that knows them.
        wanted = frozenset(JobKind if kinds is None else kinds)
        if slots < 1 or not wanted:
            return []
        dialect = "sqlite" if self._database.is_sqlite else "postgresql"
        values = {"served": self._served, "token": uuid4(), "lease": lease // timedelta(microseconds=1)}
        async with self._database.single() as connection:
            rows = (await connection.execute(claim_statement(dialect, slots, wanted), values)).all()
        claimed = sorted(map(job_of, rows), key=lambda job: (job.priority, job.run_at, job.id))
        self._served = _last_served(claimed, self._served)
        return claimed

    async def extend(self, lease: Lease, *, by: timedelta, progress: int) -> Lease:
        longer = of_lease(lease).values(due_at=After(by), progress=progress, updated_at=After())
        async with self._database.single() as connection:
            until = (await connection.execute(longer.returning(jobs.c.due_at))).scalar_one_or_none()
        if until is None:
            raise lease_lost()
        return Lease(lease.job_id, lease.token, until)

    async def finish(self, lease: Lease, told: Event) -> None:
        await self._finishing(Finished(lease, told))

    async def hand_back(self, lease: Lease) -> None:
        back = of_lease(lease).values(
            status=JobStatus.PENDING,
            attempts=jobs.c.attempts - 1,
            progress=0,
            due_at=jobs.c.run_at,
            lease_token=None,
            updated_at=After(),
        )
        async with self._database.single() as connection:
            await connection.execute(back)

    async def depth(self) -> int:
        waiting = jobs.c.status.in_([JobStatus.PENDING, JobStatus.PROCESSING])
        query = select(func.count()).select_from(jobs).where(waiting, jobs.c.due_at <= After())
        async with self._database.reading() as connection:
            return int((await connection.execute(query)).scalar_one())


def _last_served(claimed: Sequence[Job], before: UUID) -> UUID:
    turns: Counter[UUID] = Counter()
    last = (0, False, before)
    for lane in (job.project_id or NOBODY for job in claimed):
        turns[lane] += 1
        last = max(last, (turns[lane], lane <= before, lane))
    return last[2]
