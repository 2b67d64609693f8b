"""The store in PostgreSQL."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import anyio
import psycopg
import pytest
from sqlalchemy.dialects import postgresql

from adapters.sql.claim import claim_statement
from adapters.sql.database import SqlDatabase
from adapters.sql.job_queue import SqlJobQueue
from adapters.sql.migrate import migrate
from adapters.sql.store import SqlStore
from adapters.sql.tables import metadata
from domain.access import EVERYTHING
from domain.errors import DarkroomError, Unavailable
from domain.jobs import JobKind
from tests.unit.adapters.claimers import claimed_by_processes, work
from tests.unit.adapters.newer_program import NewerProgramContract
from tests.unit.adapters.sql_rooms import sql_rooms
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.store import collected
from tests.unit.contracts.things import job, project, put, queued

pytestmark = pytest.mark.anyio

globals().update(collected("Postgres"))


@pytest.fixture(scope="module")
def migrated(postgres_url: str) -> str:
    migrate(postgres_url)
    return postgres_url


@pytest.fixture
async def database(migrated: str) -> AsyncIterator[SqlDatabase]:
    database = SqlDatabase(migrated)
    await database.open()
    yield database
    assert database.checked_out == 0
    await database.close()
    tables = ", ".join(name for name in metadata.tables if name != "schema_info")
    with psycopg.connect(migrated, autocommit=True) as cleaner:
        cleaner.execute(f"TRUNCATE {tables}".encode())


@pytest.fixture
def rooms(database: SqlDatabase) -> Rooms:
    return sql_rooms(database)


class TestPostgresNewerProgram(NewerProgramContract):
    """A PostgreSQL database that a newer program has written to."""


def terminate_backends(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )


async def test_processes_and_engines_claim_every_job_once(migrated: str, database: SqlDatabase) -> None:
    store, homes = SqlStore(database), [project() for _ in range(2)]
    jobs = [job(homes[number % 2].id) for number in range(300)]
    await put(store, *homes)
    await queued(store, *jobs)
    here: list[list[object]] = []

    async def work_here() -> None:
        here.append(list(await work(migrated, 2)))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(work_here)
        tasks.start_soon(work_here)
        elsewhere = await anyio.to_thread.run_sync(claimed_by_processes, migrated, 2, 3)
    claimed = [id_ for done in here for id_ in done] + list(elsewhere)
    assert sorted(map(str, claimed)) == sorted(str(each.id) for each in jobs)


async def test_idle_connections_that_were_cut_are_replaced_unnoticed(migrated: str, rooms: Rooms) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(put, rooms.store, project())
    terminate_backends(migrated)
    await anyio.sleep(0.2)
    home = project()
    await put(rooms.store, home)
    assert await rooms.projects.get(EVERYTHING, home.id) == home


async def test_units_that_are_cut_are_unavailable_and_the_pool_heals(migrated: str, rooms: Rooms) -> None:
    home = project()
    await put(rooms.store, home)
    refused: list[DarkroomError] = []

    async def interrupted() -> None:
        try:
            async with rooms.store.begin() as unit:
                await unit.projects.count(home.id, files=1)
                await anyio.sleep(1)
                await unit.commit()
        except Unavailable as error:
            refused.append(error)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(interrupted)
        for _ in range(5):
            tasks.start_soon(anyio.sleep, 0.1)
        await anyio.sleep(0.3)
        terminate_backends(migrated)
    assert len(refused) == 1
    assert refused[0].retry_after
    assert await rooms.projects.get(EVERYTHING, home.id) == home
    for _ in range(20):
        await put(rooms.store, project())


async def test_a_lost_commit_says_that_its_outcome_is_unknown(migrated: str, rooms: Rooms) -> None:
    async def commit_into_the_void() -> None:
        async with rooms.store.begin() as unit:
            await unit.projects.add(project())
            terminate_backends(migrated)
            await unit.commit()

    with pytest.raises(Unavailable) as lost:
        await commit_into_the_void()
    assert lost.value.code == "outcome_unknown"


async def test_a_row_held_for_too_long_is_unavailable(migrated: str, rooms: Rooms) -> None:
    home = project()
    await put(rooms.store, home)
    with psycopg.connect(migrated) as holder:
        holder.execute("SELECT * FROM projects FOR UPDATE")
        impatient = SqlDatabase(migrated, patience=0.2)
        await impatient.open()

        async def ask() -> None:
            async with SqlStore(impatient).begin() as unit:
                await unit.projects.get(EVERYTHING, home.id)

        with pytest.raises(Unavailable) as refused:
            await ask()
    assert refused.value.retry_after
    await impatient.close()


async def test_two_that_wait_for_each_other_do_not_wait_for_ever(rooms: Rooms) -> None:
    first, second = project(), project()
    await put(rooms.store, first, second)
    answers: list[str] = []

    async def lock(one: object, other: object) -> None:
        try:
            async with rooms.store.begin() as unit:
                await unit.projects.get(EVERYTHING, one)  # type: ignore[arg-type]
                await anyio.sleep(0.1)
                await unit.projects.get(EVERYTHING, other)  # type: ignore[arg-type]
                answers.append("both")
        except Unavailable:
            answers.append("unavailable")

    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lock, first.id, second.id)
            tasks.start_soon(lock, second.id, first.id)
    assert sorted(answers) == ["both", "unavailable"]


@pytest.mark.parametrize(
    "broken",
    [
        "postgresql://nobody:wrong@127.0.0.1:1/none",
        "postgresql://nobody:wrong@localhost.invalid/none",
        "postgresql+asyncpg://{user}:wrong@{where}/postgres",
        "postgres://{user}:{password}@{where}/absent",
        "postgres://{user}:{password}@{where}/template1",
    ],
)
async def test_a_database_that_cannot_be_used_is_unavailable(migrated: str, broken: str) -> None:
    parts = psycopg.conninfo.conninfo_to_dict(migrated)
    where = f"{parts['host']}:{parts['port']}"
    database = SqlDatabase(broken.format(user=parts["user"], password=parts["password"], where=where))
    await database.open()
    with anyio.fail_after(10):
        with pytest.raises(Unavailable):
            await database.check()
        with pytest.raises(Unavailable):
            await put(SqlStore(database), project())
        with pytest.raises(Unavailable):
            await SqlJobQueue(database).claim(slots=1, lease=timedelta(seconds=1))
    assert database.checked_out == 0
    await database.close()


async def test_a_claim_searches_by_its_own_index_however_many_jobs_wait_or_are_done(
    migrated: str, rooms: Rooms
) -> None:
    home = project()
    await put(rooms.store, home)
    await rooms.queue.claim(slots=4, lease=timedelta(seconds=1))
    statement = str(claim_statement("postgresql", 4, frozenset(JobKind)).compile(dialect=postgresql.psycopg.dialect()))
    values = {"served": home.id, "token": home.id, "lease": 1}
    with psycopg.connect(migrated, autocommit=True) as connection:
        connection.execute("SET plan_cache_mode = force_custom_plan")
        for status in ("completed", "pending"):
            connection.execute(
                "INSERT INTO jobs SELECT gen_random_uuid(), %s, NULL, 'ProcessImage', %s, '{}', 10, 0, 0, 5, 0, NULL,"
                " NULL, now(), now(), NULL, now(), now() FROM generate_series(1, 20000)",
                (home.id, status),
            )
            plan = "\n".join(str(row[0]) for row in connection.execute(f"EXPLAIN {statement}".encode(), values))
            assert set(re.findall(r"(?:Index|Index Only|Bitmap Index) Scan (?:using|on) (\w+)", plan)) == {
                "jobs_claim",
                "jobs_pkey",
            }
            assert "Seq Scan" not in plan
    assert len(await rooms.queue.claim(slots=4, lease=timedelta(seconds=1))) == 4
