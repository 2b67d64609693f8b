"""However much there is: lists, claims and counts with a million files and jobs against ten thousand, on PostgreSQL.

Two databases on one server, asked in turn through the ports; the time is that of somebody who waits for the answer.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import psycopg

from application.ports.files import FileQuery
from bench.processes import spending
from bench.queue import FILL_OURS, PROJECTS, new_database, run
from bench.telling import skip, tell
from bench.turns import Spent, in_turn, wall
from domain.access import EVERYTHING, Scope
from domain.pages import Mark, PageRequest
from entrypoints.settings import load_settings
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.parts import Database, opened
from tests.servers.keep import kept
from tests.servers.needs import POSTGRES

FEW, MANY = 10_000, 1_000_000
LISTS, CLAIMS = 1.5, 1.3
ROUNDS = 15
SLOTS = 4
LEASE = timedelta(seconds=60)
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
PROJECT = UUID(int=1)

FILL_PROJECT = """
INSERT INTO projects (id, owner_id, name, slug, settings, storage_used_bytes, storage_limit_bytes, transforms_used,
                      transforms_limit, transforms_total, files_count, created_at, updated_at)
VALUES ('{project}', '{project}', 'bench', 'bench', '{{}}', 0, -1, 0, -1, 0, {count}, '{began}', '{began}')
"""
FILL_FILES = """
INSERT INTO files (id, project_id, filename, filename_folded, kind, mime_type, key, status, size, md5, sha256, metadata,
                   created_at, updated_at)
SELECT {id}, '{project}', 'photo ' || n || '.jpg', 'photo ' || n || '.jpg', 'image', 'image/jpeg',
       '{project}/' || n, 'ready', n, md5(n::text), md5(n::text) || md5(n::text), '{{}}', at, at
FROM generate_series(1, {count}) AS n, LATERAL (SELECT '{began}'::timestamptz + n * interval '1 second' AS at) AS moment
"""
FILL_VARIANTS = """
INSERT INTO variants (file_id, name, recipe, key, mime_type, status, width, height, size)
SELECT {id}, 'thumb', 'recipe', '{project}/' || n || '/thumb', 'image/webp', 'ready', 100, 100, 1000
FROM generate_series(1, {count}) AS n
"""
FILE_ID = "md5(n::text)::uuid"
QUICKLY = "-c%20session_replication_role%3Dreplica%20-c%20maintenance_work_mem%3D256MB"  # asks no foreign key
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename IN ('files', 'variants', 'jobs') AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


@dataclass(frozen=True)
class Place:
    """One of the two databases, with so many files and as many jobs."""

    count: int
    database: Database

    async def first_page(self) -> None:
        """The newest ten, as an API key asks for them."""
        await self._page(PageRequest(), newest=self.count)

    async def deep_page(self) -> None:
        """Ten in the middle, by cursor."""
        middle = Mark(BEGAN + timedelta(seconds=self.count // 2), UUID(int=0))
        await self._page(PageRequest(self.count // 20, 10, middle), newest=self.count // 2 - 1)

    async def claims(self) -> None:
        """Jobs for a worker, which gives them back."""
        queue = self.database.queue
        jobs = await queue.claim(slots=SLOTS, lease=LEASE)
        if len(jobs) != SLOTS:
            raise RuntimeError(f"{len(jobs)} jobs")
        for job in jobs:
            if job.lease:
                await queue.hand_back(job.lease)

    async def stats(self) -> None:
        """How many jobs stand where."""
        counts = await self.database.jobs.counts(EVERYTHING)
        if counts.waiting != self.count:
            raise RuntimeError(f"{counts}")

    async def _page(self, request: PageRequest, *, newest: int) -> None:
        page = await self.database.files.page(Scope(project_id=PROJECT), FileQuery(), request)
        sizes = [view.file.size for view in page.items]
        if page.total != self.count or sizes != list(range(newest, newest - 10, -1)):
            raise RuntimeError(f"{page.total} files, of which {sizes}")


Ask = Callable[[Place], Awaitable[None]]
ASKED: Mapping[str, tuple[Ask, int, float | None]] = {
    "first page": (Place.first_page, 20, LISTS),
    "deep page": (Place.deep_page, 20, LISTS),
    "claim of 4, handed back": (Place.claims, 10, CLAIMS),
    "stats of jobs": (Place.stats, 1, None),
}
"""What is asked, how often in a round, and how many times as long it may take of the many as of the few."""


def main() -> int:
    """Fill both, then ask each in turn."""
    if why := POSTGRES.absence():
        return skip("scale", why)
    if POSTGRES.brought:
        return measured(POSTGRES.brought)
    with kept("postgres") as server:
        return measured(server)


def measured(server: str) -> int:
    """Everything on one server."""
    missed = 0
    with asyncio.Runner() as runner:
        held = AsyncExitStack()
        try:
            places = [runner.run(held.enter_async_context(place(server, count))) for count in (FEW, MANY)]
            for name, (ask, times, target) in ASKED.items():
                missed |= compared(runner, name, places, (ask, times, target))
        finally:
            runner.run(held.aclose())
    return missed


def compared(runner: asyncio.Runner, name: str, places: list[Place], asked: tuple[Ask, int, float | None]) -> int:
    """One question to both."""
    ask, times, target = asked

    def go(place: Place) -> Spent:
        spent = spending(os.getpid(), lambda: runner.run(again(ask, place, times)))
        return replace(spent, peak=0.0)

    many, few = f"of {MANY:,}", f"of {FEW:,}"
    goes = {title: partial(go, place) for title, place in zip((few, many), places, strict=True)}
    rounds = in_turn({title: goes[title] for title in (many, few)}, ROUNDS)
    rows, ratio = rounds.rows(1e3 / times, wall), rounds.ratio(many, few, wall)
    return tell(f"scale, {name}", "ms", rows, ratio=ratio, target=target, spent=rounds.spent())


async def again(ask: Ask, place: Place, times: int) -> None:
    """The same, several times."""
    for _ in range(times):
        await ask(place)


@asynccontextmanager
async def place(server: str, count: int) -> AsyncIterator[Place]:
    """A new database with so much in it."""
    async with new_database(server) as url:
        database = Darkroom(settings=load_settings(DATABASE_URL=url, BLOB_STORE="memory", RATE_LIMIT="off")).database()
        await asyncio.to_thread(database.migrate)
        told = {"project": PROJECT, "count": count, "began": BEGAN.isoformat(), "id": FILE_ID}
        async with without_indexes(f"{url}?options={QUICKLY}") as quickly:
            await asyncio.gather(
                run(quickly, FILL_PROJECT.format(**told), then=FILL_FILES.format(**told)),
                run(quickly, FILL_VARIANTS.format(**told)),
                run(quickly, FILL_OURS, {"jobs": count, "projects": PROJECTS}),
            )
        await run(url, "VACUUM ANALYZE")
        async with opened(database.held):
            yield Place(count, database)


@asynccontextmanager
async def without_indexes(url: str) -> AsyncIterator[str]:
    """To fill a table and index it afterwards takes a third of the time."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        found = await (await connection.execute(INDEXES)).fetchall()
        for name, _ in found:
            await connection.execute(f"DROP INDEX {name}".encode())
        yield url
        for _, definition in found:
            await connection.execute(str(definition).encode())


if __name__ == "__main__":
    sys.exit(main())
