"""Lists however long: a first page and a deep one of a million files against those of ten thousand, on PostgreSQL."""

import asyncio
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from uuid import UUID

import psycopg

from adapters.sql.database import SqlDatabase
from adapters.sql.file_reads import SqlFileReads
from adapters.sql.migrate import migrate
from application.ports.files import FileQuery
from bench.telling import tell
from domain.access import Scope
from domain.pages import Mark, PageRequest
from tests.servers.keep import kept

TARGET = 1.5
ROUNDS = 40
TURNS = 10  # of each page in each round
FEW, MANY = 10_000, 1_000_000
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
OWNERS = {FEW: UUID(int=1), MANY: UUID(int=2)}

PROJECT = """
INSERT INTO projects (id, owner_id, name, slug, settings, storage_used_bytes, storage_limit_bytes, transforms_used,
                      transforms_limit, transforms_total, files_count, created_at, updated_at)
VALUES (%(project)s::uuid, %(project)s::uuid, 'bench', 'bench', '{}', 0, -1, 0, -1, 0, %(count)s, %(began)s, %(began)s)
"""
FILES = """
INSERT INTO files (id, project_id, filename, filename_folded, kind, mime_type, key, status, size, md5, sha256, metadata,
                   created_at, updated_at)
SELECT gen_random_uuid(), %(project)s::uuid, 'photo ' || n || '.jpg', 'photo ' || n || '.jpg', 'image', 'image/jpeg',
       %(project)s::text || '/' || n, 'ready', n, md5(n::text), md5(n::text) || md5(n::text), '{}', at, at
FROM generate_series(1, %(count)s) AS n, LATERAL (SELECT %(began)s + n * interval '1 second' AS at) AS moment
"""
VARIANTS = """
INSERT INTO variants (file_id, name, recipe, key, mime_type, status, width, height, size)
SELECT id, 'thumb', 'recipe', key || '/thumb', 'image/webp', 'ready', 100, 100, 1000 FROM files
"""


def main() -> int:
    """Ask for each page in turn, so that whatever else the machine does meets all of them."""
    with kept("postgres") as server:
        fill(server)
        millis = asyncio.run(measure(server))
    rows = {f"{name} of {count:,}": [median(values)] for (name, count), values in millis.items()}
    ratios = [
        median(many / few for many, few in zip(millis[name, MANY], millis[name, FEW], strict=True))
        for name in ("first", "deep")
    ]
    return tell("listing", "ms a page", rows, ratio=max(ratios), target=TARGET)


def fill(url: str) -> None:
    """Two projects, one with few files and one with many, one a second."""
    migrate(url)
    with psycopg.connect(url, autocommit=True) as connection:
        for count, project in OWNERS.items():
            about = {"project": str(project), "count": count, "began": BEGAN}
            for statement in (PROJECT, FILES):
                connection.execute(statement, about)
        connection.execute(VARIANTS)
        connection.execute("VACUUM ANALYZE")


async def measure(url: str) -> dict[tuple[str, int], list[float]]:
    """Milliseconds a page."""
    database = SqlDatabase(url)
    await database.open()
    files = SqlFileReads(database)
    millis: dict[tuple[str, int], list[float]] = {}
    for turn in range(ROUNDS + 1):
        for count in OWNERS:
            middle = Mark(BEGAN + timedelta(seconds=count // 2), UUID(int=0))
            for name, request in (("first", PageRequest()), ("deep", PageRequest(count // 20, 10, middle))):
                spent = await per_page(files, count, request)
                if turn:  # the first warms up
                    millis.setdefault((name, count), []).append(spent)
    await database.close()
    return millis


async def per_page(files: SqlFileReads, count: int, request: PageRequest) -> float:
    """Of the same page again and again, as an API key asks for it."""
    scope = Scope(project_id=OWNERS[count])
    started = time.perf_counter()
    for _ in range(TURNS):
        page = await files.page(scope, FileQuery(), request)
    spent = time.perf_counter() - started
    check(page.total, count, [view.file.size for view in page.items], request)
    return spent / TURNS * 1000


def check(total: int, count: int, sizes: Sequence[int], request: PageRequest) -> None:
    """What was measured must be the right answer."""
    newest = count // 2 if request.after else count + 1
    if total != count or list(sizes) != list(range(newest - 1, newest - 11, -1)):
        raise RuntimeError(f"{total} files, of which {sizes}")


if __name__ == "__main__":
    sys.exit(main())
