"""The queue on PostgreSQL: jobs claimed, run and finished in a second, against procrastinate and against a full table.

Both do empty jobs with the same number of slots, in turn, on the same server; nobody claims more than has a free slot.
"""

import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import procrastinate
import psycopg

from application.jobs.run_job import Report
from bench.telling import tell
from bench.turns import Rounds, Spent, wall
from domain.jobs import Job, JobKind
from entrypoints.logs import configure_logs
from entrypoints.settings import load_settings
from entrypoints.stopping import Stop
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.parts import opened
from entrypoints.worker.loop import Worker
from tests.servers.keep import kept
from tests.servers.needs import POSTGRES

TARGET = 1 / 1.5
FLAT = 1.3
SLOTS = 8
PROJECTS = 50
ROUNDS = 5
JOBS = 2_000  # of each in each round
FEW, MANY = 1_000, 1_000_000
TAKEN = 500  # of those few or many, in each round

FILL_OURS = """
INSERT INTO jobs (id, project_id, kind, status, payload, priority, attempts, crashes, max_attempts, progress,
                  run_at, due_at, created_at, updated_at)
SELECT gen_random_uuid(), ('00000000-0000-4000-8000-' || lpad((mod(n, %(projects)s))::text, 12, '0'))::uuid,
       'ProcessImage', 'pending', '{}', 10, 0, 0, 5, 0, now, now, now, now
FROM generate_series(1, %(jobs)s) AS n, statement_timestamp() AS now
"""
FILL_THEIRS = """
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, status)
SELECT 'default', 'nothing', 0, 'todo' FROM generate_series(1, %(jobs)s)
"""


@dataclass
class Count:
    """How many were done, and what is to happen at the last of them."""

    wanted: int
    enough: Callable[[], object]
    done: int = 0

    def one(self) -> None:
        """One more."""
        self.done += 1
        if self.done == self.wanted:
            self.enough()


@dataclass
class Ours:
    """Darkroom's own worker, on a database of its own, doing nothing."""

    room: Darkroom
    url: str
    count: Count = field(init=False)

    async def fill(self, jobs: int) -> None:
        """So many jobs wait."""
        await run(self.url, FILL_OURS, {"jobs": jobs, "projects": PROJECTS}, "VACUUM ANALYZE jobs")

    async def empty(self) -> None:
        """None waits."""
        await run(self.url, "TRUNCATE jobs, events")

    async def work(self, jobs: int) -> None:
        """Do so many jobs, and the few that were claimed beside the last."""
        work, database, stop = self.room.work(), self.room.database(), Stop()
        self.count = Count(jobs, stop.ask)
        worker = Worker(
            claim=work.claim_job(),
            run_job=replace(work.run_job(), handlers={JobKind.PROCESS_IMAGE: self._nothing}),
            queue=database.queue,
            signals=self.room.carrier().signals,
            slots=SLOTS,
            poll_interval=60,
            grace=60,
            kinds=[JobKind.PROCESS_IMAGE],
        )
        await worker(stop)

    async def _nothing(self, job: Job, report: Report) -> None:
        await self.room.work().finish_job()(job)
        self.count.one()


@dataclass
class Theirs:
    """Procrastinate's worker, on another database of the same server, doing nothing."""

    app: procrastinate.App
    url: str

    async def fill(self, jobs: int) -> None:
        """So many jobs wait."""
        await run(self.url, FILL_THEIRS, {"jobs": jobs}, "VACUUM ANALYZE procrastinate_jobs")

    async def empty(self) -> None:
        """None waits."""
        await run(self.url, "TRUNCATE procrastinate_jobs CASCADE")

    async def work(self, jobs: int) -> None:
        """Do all there are."""
        await self.app.run_worker_async(
            concurrency=SLOTS, wait=False, listen_notify=False, install_signal_handlers=False, delete_jobs="never"
        )


def main() -> int:
    """Against the peer, then few against many."""
    configure_logs("text", "error")
    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    if POSTGRES.brought:
        return asyncio.run(measure(POSTGRES.brought))
    with kept("postgres") as server:
        return asyncio.run(measure(server))


async def measure(server: str) -> int:
    """Everything on one server."""
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(darkroom_queue(server))
        theirs = await stack.enter_async_context(procrastinate_queue(server))
        missed = await against_the_peer(ours, theirs)
    async with AsyncExitStack() as stack:
        few = await stack.enter_async_context(darkroom_queue(server))
        many = await stack.enter_async_context(darkroom_queue(server))
        return missed | await few_against_many(few, many)


async def against_the_peer(ours: Ours, theirs: Theirs) -> int:
    """Seconds for as many jobs, in turn."""
    queues: dict[str, Ours | Theirs] = {f"darkroom, {SLOTS} slots": ours, f"procrastinate, {SLOTS} slots": theirs}
    spent: dict[str, list[Spent]] = {name: [] for name in queues}
    for turn in range(ROUNDS + 1):
        for name, queue in queues.items():
            await queue.empty()
            await queue.fill(JOBS)
            told = await timed(queue.work(JOBS))
            if turn:  # the first warms up
                spent[name].append(told)
    return tell_rate("queue", JOBS, Rounds(spent), TARGET)


async def few_against_many(few: Ours, many: Ours) -> int:
    """Seconds for as many jobs out of a long queue and out of a short one, in turn."""
    names = {waiting: f"{waiting:,} waiting" for waiting in (MANY, FEW)}
    spent: dict[str, list[Spent]] = {name: [] for name in names.values()}
    await many.fill(MANY)
    for turn in range(ROUNDS + 1):
        await few.empty()
        await few.fill(FEW)
        for waiting, queue in ((MANY, many), (FEW, few)):
            told = await timed(queue.work(TAKEN))
            if turn:
                spent[names[waiting]].append(told)
    return tell_rate("queue, few and many", TAKEN, Rounds(spent), FLAT)


def tell_rate(name: str, jobs: int, rounds: Rounds, target: float) -> int:
    """The ratio of the first to the second."""
    rows = {who: [jobs / seconds] for who, (seconds,) in rounds.rows(figure=wall).items()}
    one, other = rounds.of
    ratio = rounds.ratio(one, other, figure=wall)
    versions = {"procrastinate": procrastinate.__version__}
    return tell(name, "empty jobs a second", rows, ratio=ratio, target=target, spent=rounds.spent(), versions=versions)


async def timed(work: Coroutine[Any, Any, None]) -> Spent:
    """What it takes; the CPU is ours alone, without the server's."""
    began, cpu = time.perf_counter(), time.process_time()
    await work
    return Spent(time.perf_counter() - began, time.process_time() - cpu)


@asynccontextmanager
async def darkroom_queue(server: str) -> AsyncIterator[Ours]:
    """Our queue in a new database."""
    async with new_database(server) as url:
        room = Darkroom(settings=load_settings(DATABASE_URL=url, BLOB_STORE="memory", RATE_LIMIT="off"))
        database, carrier = room.database(), room.carrier()
        await asyncio.to_thread(database.migrate)
        async with opened([*database.held, *carrier.held]):
            yield Ours(room, url)


@asynccontextmanager
async def procrastinate_queue(server: str) -> AsyncIterator[Theirs]:
    """Their queue in a new database."""
    async with new_database(server) as url:
        app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, min_size=SLOTS, max_size=20))

        @app.task(name="nothing")
        async def nothing() -> None:
            """Do nothing."""

        async with app.open_async():
            await app.schema_manager.apply_schema_async()
            yield Theirs(app, url)


@asynccontextmanager
async def new_database(server: str) -> AsyncIterator[str]:
    """The address of an empty database, which goes afterwards."""
    name = f"bench_{time.monotonic_ns()}"
    await run(server, f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        await run(server, f"DROP DATABASE {name} WITH (FORCE)")


async def run(url: str, statement: str, values: dict[str, int] | None = None, then: str | None = None) -> None:
    """One statement, outside of any transaction, and perhaps another."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(statement.encode(), values)
        if then is not None:
            await connection.execute(then.encode())


if __name__ == "__main__":
    sys.exit(main())
