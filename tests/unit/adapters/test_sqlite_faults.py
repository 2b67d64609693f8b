"""SQLite when it is missing, held by others, full of rivals, or newer than we are."""

import sqlite3
from pathlib import Path

import anyio
import pytest
from sqlalchemy.dialects import sqlite

from adapters.sql.claim import claim_statement
from adapters.sql.database import SqlDatabase
from adapters.sql.migrate import migrate
from adapters.sql.store import SqlStore
from domain.access import EVERYTHING
from domain.errors import Invalid, Unavailable
from domain.jobs import JobKind
from tests.tables import over_rows
from tests.unit.adapters.claimers import claimed_by_processes
from tests.unit.adapters.sql_rooms import sql_rooms
from tests.unit.contracts.things import job, project, put, queued

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
def url(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path}/odd name % ü/store.db"
    migrate(address)
    return address


async def test_a_database_without_tables_says_what_to_do(tmp_path: Path) -> None:
    database = SqlDatabase(f"sqlite:///{tmp_path}/new/store.db")
    await database.open()
    with pytest.raises(Unavailable, match=r"no database at .*/new/store\.db; run 'darkroom migrate'"):
        await database.check()
    assert not (tmp_path / "new").exists(), "whoever only looks leaves nothing"
    (tmp_path / "new").mkdir()
    with pytest.raises(Unavailable, match="darkroom migrate"):
        await put(SqlStore(database), project())
    assert database.checked_out == 0
    await database.close()


@pytest.mark.parametrize(
    ("change", "advice"), [("min_program = 9999", "upgrade the program"), ("version = 0", "darkroom migrate")]
)
async def test_a_schema_that_does_not_fit_is_refused(url: str, change: str, advice: str) -> None:
    database = SqlDatabase(url)
    await database.open()
    await database.check()
    async with database.single() as connection:
        await connection.exec_driver_sql(f"UPDATE schema_info SET {change}")
    with pytest.raises(Unavailable, match=advice):
        await database.check()
    await database.close()


async def test_a_database_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"no database at all, but long enough to be read as if it were one" * 20)
    database = SqlDatabase(f"sqlite:///{path}")
    await database.open()
    with pytest.raises(Unavailable):
        await database.check()
    await database.close()


async def test_another_program_holding_the_file_is_waited_for_within_bounds(url: str) -> None:
    database = SqlDatabase(url, patience=0.3)
    await database.open()
    store, home = SqlStore(database), project()
    holder = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable) as refused:
        await put(store, home)
    assert refused.value.retry_after
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(put, store, home)
        await anyio.sleep(0.1)
        holder.execute("COMMIT")
    holder.close()
    assert await sql_rooms(database).projects.get(EVERYTHING, home.id) == home
    assert database.checked_out == 0
    await database.close()


async def test_the_queue_of_writers_is_bounded(url: str) -> None:
    database = SqlDatabase(url, patience=0.1)
    await database.open()
    store = SqlStore(database)
    async with store.begin():
        with pytest.raises(Unavailable):
            async with store.begin():
                pass
    await store.check()
    await database.close()


async def test_processes_claim_every_job_once(url: str) -> None:
    database = SqlDatabase(url)
    await database.open()
    homes = [project() for _ in range(2)]
    jobs = [job(homes[number % 2].id) for number in range(150)]
    await put(SqlStore(database), *homes)
    await queued(SqlStore(database), *jobs)
    claimed = await anyio.to_thread.run_sync(claimed_by_processes, url, 3, 2)
    assert sorted(claimed) == sorted(each.id for each in jobs)
    await database.close()


@over_rows(
    "url",
    [
        "mysql://x/y",
        "sqlite://",
        "sqlite:///:memory:",
        "no address",
        "memory://",
        "postgres://u:p@localhost:port/db",
        "postgresql://[::1/db",
    ],
)
def test_addresses_nobody_can_open_are_refused_in_one_line(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        SqlDatabase(url)
    assert "\n" not in refused.value.detail


async def test_a_claim_searches_and_never_scans(url: str) -> None:
    statement = str(claim_statement("sqlite", 4, frozenset(JobKind)).compile(dialect=sqlite.dialect()))
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        plan = [step[3] for step in connection.execute(f"EXPLAIN QUERY PLAN {statement}", ["x"] * statement.count("?"))]
    of_jobs = [step for step in plan if "jobs" in step or " due " in step]
    assert of_jobs
    assert [step for step in of_jobs if not step.startswith("SEARCH") or "jobs_project" in step] == []
