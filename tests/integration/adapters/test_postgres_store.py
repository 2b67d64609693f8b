"""The store in PostgreSQL."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import anyio
import psycopg
import pytest
from sqlalchemy.dialects import postgresql

from adapters.sql.claim import claim_statement
from adapters.sql.database import SqlDatabase
from adapters.sql.file_reads import listed
from adapters.sql.job_queue import SqlJobQueue
from adapters.sql.migrate import migrate
from adapters.sql.store import SqlStore
from adapters.sql.tables import metadata
from application.ports.files import FileQuery, FileSort
from domain.access import EVERYTHING, Scope
from domain.errors import AlreadyThere, DarkroomError, Unavailable
from domain.events import Position
from domain.jobs import Job, JobKind, JobStatus
from domain.pages import Mark, PageRequest
from tests.unit.adapters.claimers import claimed_by_processes, work
from tests.unit.adapters.newer_program import NewerProgramContract
from tests.unit.adapters.sql_only import SqlOnlyContract
from tests.unit.adapters.sql_rooms import sql_rooms
from tests.unit.contracts.api_keys import ApiKeysContract
from tests.unit.contracts.audit import AuditContract
from tests.unit.contracts.backlog import BacklogContract
from tests.unit.contracts.entities import EntitiesContract
from tests.unit.contracts.events import EventLogContract, EventsContract, followed
from tests.unit.contracts.file_keys import FileKeysContract
from tests.unit.contracts.file_pages import FilePagesContract
from tests.unit.contracts.file_work import FileBatchesContract, FileFactsContract
from tests.unit.contracts.files import FilesContract
from tests.unit.contracts.history import HistoryContract
from tests.unit.contracts.ingested import IngestedContract
from tests.unit.contracts.installation_secrets import InstallationSecretsContract
from tests.unit.contracts.job_care import JobControlContract, JobReadsContract
from tests.unit.contracts.jobs import JobQueueContract, JobsContract
from tests.unit.contracts.linked_identities import LinkedIdentitiesContract
from tests.unit.contracts.oauth_states import OAuthStatesContract
from tests.unit.contracts.personal_projects import PersonalProjectsContract
from tests.unit.contracts.presigned_uploads import PresignedUploadsContract
from tests.unit.contracts.projects import ProjectsContract
from tests.unit.contracts.refresh_tokens import RefreshTokensContract
from tests.unit.contracts.replays import ReplaysContract
from tests.unit.contracts.roles import RolesContract
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.second_factors import SecondFactorsContract
from tests.unit.contracts.sessions import SessionsContract
from tests.unit.contracts.sign_in_codes import SignInCodesContract
from tests.unit.contracts.store import missing_from
from tests.unit.contracts.things import NOW, event, job, media_file, project, put, queued, variant
from tests.unit.contracts.unit_of_work import UnitOfWorkContract
from tests.unit.contracts.usage import UsageContract
from tests.unit.contracts.users import UsersContract

pytestmark = pytest.mark.anyio


def test_every_suite_has_its_class() -> None:
    assert missing_from(globals()) == []


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


class TestPostgresOnly(SqlOnlyContract):
    """What only rows in a database have to promise."""


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


async def test_a_unit_that_stands_still_loses_its_locks_to_those_that_wait(rooms: Rooms) -> None:
    home = project()
    await put(rooms.store, home)
    async with rooms.store.begin() as frozen:
        assert await frozen.projects.get(EVERYTHING, home.id)
        async with rooms.store.begin() as other:  # would be refused after its patience of 10 s
            assert await other.projects.count(home.id, files=1)
            await other.commit()
        with pytest.raises(Unavailable):
            await frozen.projects.count(home.id, files=1)
    found = await rooms.projects.get(EVERYTHING, home.id)
    assert found is not None
    assert found.files_count == 1


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


async def test_jobs_that_end_together_do_not_wait_for_the_one_whose_row_is_held(rooms: Rooms) -> None:
    home = project()
    await put(rooms.store, home)
    await queued(rooms.store, *[job(home.id) for _ in range(3)])
    held, *others = await rooms.queue.claim(slots=3, lease=timedelta(minutes=1))

    async def finish(claimed: Job) -> None:
        assert claimed.lease
        await rooms.queue.finish(claimed.lease, event(home.id, job_id=claimed.id))

    async with rooms.store.begin() as unit:
        await unit.job_control.get(EVERYTHING, held.id)
        waiting = asyncio.ensure_future(finish(held))
        async with asyncio.timeout(2):
            await asyncio.gather(*map(finish, others))
        assert not waiting.done()
    await waiting
    for each in (held, *others):
        found = await rooms.jobs.get(EVERYTHING, each.id)
        assert found is not None
        assert found.status is JobStatus.COMPLETED


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
                "jobs_leased",
                "jobs_pkey",
            }
            assert "Seq Scan" not in plan
    assert len(await rooms.queue.claim(slots=4, lease=timedelta(seconds=1))) == 4


async def test_a_page_of_a_project_is_read_in_order_from_an_index(migrated: str, rooms: Rooms) -> None:
    home, other, dialect = project(), project(), postgresql.psycopg.dialect()
    await put(rooms.store, home, other)
    with psycopg.connect(migrated, autocommit=True) as connection:
        connection.execute("SET plan_cache_mode = force_custom_plan")
        for owner in (home, other):
            connection.execute(
                "INSERT INTO files SELECT gen_random_uuid(), %s, g, g, 'image', 'image/jpeg', %s || g, 'ready', g,"
                " NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{}', now() - g * interval '1 s', now(), NULL"
                " FROM generate_series(1, 10000) AS g",
                (owner.id, str(owner.id)),
            )
        connection.execute("ANALYZE files")
        of_all = listed(EVERYTHING, FileQuery(), PageRequest()).compile(dialect=dialect)
        explained = connection.execute(f"EXPLAIN {of_all}".encode(), of_all.params)
        assert "Index Scan Backward using files_created on files" in "\n".join(str(row[0]) for row in explained)
        for sort in FileSort:
            value = NOW if "created" in sort else "5" if "name" in sort else 5000
            for mark in (None, Mark(value, home.id)):
                for scope, query in (
                    (EVERYTHING, FileQuery(project_id=home.id, sort=sort)),
                    (Scope(project_id=home.id), FileQuery(sort=sort)),
                ):
                    statement = listed(scope, query, PageRequest(after=mark)).compile(dialect=dialect)
                    explained = connection.execute(f"EXPLAIN {statement}".encode(), statement.params)
                    plan = "\n".join(str(row[0]) for row in explained)
                    assert "Sort" not in plan, plan
                    assert re.search("Index Scan.* using files_(project|name|size) on files", plan), plan
                    assert ("ROW(" in plan) is (mark is not None), plan


async def test_one_that_wrote_first_and_committed_last_is_told_once_and_in_its_place(rooms: Rooms) -> None:
    first, second, third = (event(None, data={"number": number}) for number in range(3))
    position = await rooms.event_log.end()
    async with rooms.store.begin() as slow:
        await slow.events.add(first)
        await put(rooms.store, second)
        assert await rooms.event_log.after(EVERYTHING, position, limit=9) == []
        behind = await rooms.event_log.end()
        await slow.events.add(third)
        await slow.commit()
    assert await followed(rooms.event_log, position, 3) == [first, third, second]
    assert await followed(rooms.event_log, behind, 3) == [first, third, second]


async def test_events_that_were_restored_from_another_server_are_told(migrated: str, rooms: Rooms) -> None:
    start = await rooms.event_log.end()
    foreign, ours = event(None, data={"from": "elsewhere"}), event(None, data={"from": "here"})
    await put(rooms.store, foreign)
    with psycopg.connect(migrated, autocommit=True) as connection:
        connection.execute("UPDATE events SET xid = 2 ^ 60")
        await put(rooms.store, ours)
        assert await followed(rooms.event_log, start, 1) == [ours]
        migrate(migrated)
        assert await followed(rooms.event_log, Position(), 2) == [foreign, ours]
        assert connection.execute("SELECT count(*) FROM events WHERE xid = 0").fetchone() == (1,)
    assert await followed(rooms.event_log, start, 1) == [ours]


async def test_a_key_given_up_at_this_very_moment_is_not_taken_by_another(rooms: Rooms) -> None:
    home = project()
    file, thief = media_file(home.id), media_file(home.id)
    kept = variant(file.id, "a")
    await put(rooms.store, home, replace(file, variants=(kept,)), thief)
    answers: list[str] = []

    async def steal() -> None:
        try:
            async with rooms.store.begin() as unit:
                await unit.files.save_variants(thief.id, [variant(thief.id, "a", key=kept.key)])
                await unit.commit()
        except AlreadyThere:
            answers.append("already there")

    async with anyio.create_task_group() as tasks, rooms.store.begin() as unit:
        await unit.files.save_variants(file.id, [replace(kept, key="second")])
        tasks.start_soon(steal)
        await anyio.sleep(0.2)
        await unit.commit()
    assert answers == ["already there"]


async def test_a_unique_key_taken_at_this_very_moment_is_not_taken_again(rooms: Rooms) -> None:
    home, ended = project(), job(None, unique_key="sync")
    await put(rooms.store, home)
    await queued(rooms.store, ended)
    async with rooms.store.begin() as unit:
        await unit.job_control.cancel(ended.id)
        await unit.commit()
    answers: list[bool] = []

    async def requeue() -> None:
        async with rooms.store.begin() as unit:
            answers.append(await unit.job_control.requeue(ended.id))
            await unit.projects.count(home.id, files=1)
            await unit.commit()

    async with anyio.create_task_group() as tasks, rooms.store.begin() as unit:
        await unit.jobs.add(job(None, unique_key="sync"))
        tasks.start_soon(requeue)
        await anyio.sleep(0.2)
        await unit.commit()
    assert answers == [False]
    counted = await rooms.projects.get(EVERYTHING, home.id)
    assert counted is not None
    assert counted.files_count == 1


async def test_variants_are_those_of_after_the_file_was_held(rooms: Rooms) -> None:
    home = project()
    file = media_file(home.id)
    await put(rooms.store, home, file)
    seen: list[int] = []

    async def look() -> None:
        async with rooms.store.begin() as unit:
            held = await unit.files.get(EVERYTHING, file.id)
            assert held is not None
            seen.append(len(held.variants))

    async with anyio.create_task_group() as tasks, rooms.store.begin() as unit:
        await unit.files.get(EVERYTHING, file.id)
        tasks.start_soon(look)
        await anyio.sleep(0.2)
        await unit.files.save_variants(file.id, [variant(file.id, "a")])
        await unit.commit()
    assert seen == [1]


class TestPostgresApiKeys(ApiKeysContract):
    pass


class TestPostgresAudit(AuditContract):
    pass


class TestPostgresBacklog(BacklogContract):
    pass


class TestPostgresEntities(EntitiesContract):
    pass


class TestPostgresEventLog(EventLogContract):
    pass


class TestPostgresEvents(EventsContract):
    pass


class TestPostgresFileBatches(FileBatchesContract):
    pass


class TestPostgresFileFacts(FileFactsContract):
    pass


class TestPostgresFileKeys(FileKeysContract):
    pass


class TestPostgresFilePages(FilePagesContract):
    pass


class TestPostgresFiles(FilesContract):
    pass


class TestPostgresHistory(HistoryContract):
    pass


class TestPostgresIngested(IngestedContract):
    pass


class TestPostgresInstallationSecrets(InstallationSecretsContract):
    pass


class TestPostgresJobControl(JobControlContract):
    pass


class TestPostgresJobQueue(JobQueueContract):
    pass


class TestPostgresJobReads(JobReadsContract):
    pass


class TestPostgresJobs(JobsContract):
    pass


class TestPostgresLinkedIdentities(LinkedIdentitiesContract):
    pass


class TestPostgresOAuthStates(OAuthStatesContract):
    pass


class TestPostgresPersonalProjects(PersonalProjectsContract):
    pass


class TestPostgresPresignedUploads(PresignedUploadsContract):
    pass


class TestPostgresProjects(ProjectsContract):
    pass


class TestPostgresRefreshTokens(RefreshTokensContract):
    pass


class TestPostgresReplays(ReplaysContract):
    pass


class TestPostgresRoles(RolesContract):
    pass


class TestPostgresSecondFactors(SecondFactorsContract):
    pass


class TestPostgresSessions(SessionsContract):
    pass


class TestPostgresSignInCodes(SignInCodesContract):
    pass


class TestPostgresUnitOfWork(UnitOfWorkContract):
    pass


class TestPostgresUsage(UsageContract):
    pass


class TestPostgresUsers(UsersContract):
    pass
