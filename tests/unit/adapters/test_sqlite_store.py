"""The store in SQLite."""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.dialects import sqlite

from adapters.sql.database import SqlDatabase
from adapters.sql.file_reads import listed
from adapters.sql.migrate import migrate
from application.ports.files import FileQuery, FileSort
from domain.access import EVERYTHING, Scope
from domain.pages import Mark, PageRequest
from tests.tables import over_rows
from tests.unit.adapters.sql_only import SqlOnlyContract
from tests.unit.adapters.sql_rooms import sql_rooms
from tests.unit.contracts.api_keys import ApiKeysContract
from tests.unit.contracts.audit import AuditContract
from tests.unit.contracts.backlog import BacklogContract
from tests.unit.contracts.entities import EntitiesContract
from tests.unit.contracts.events import EventLogContract, EventsContract
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
from tests.unit.contracts.things import NOW, event, project, put
from tests.unit.contracts.unit_of_work import UnitOfWorkContract
from tests.unit.contracts.usage import UsageContract
from tests.unit.contracts.users import UsersContract

# Slow: the fast tests have the same contracts on the store in memory.
pytestmark = [pytest.mark.anyio, pytest.mark.slow]


def test_every_suite_has_its_class() -> None:
    assert missing_from(globals()) == []


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with our tables."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="module")
async def opened(migrated: Path, anyio_backend: str) -> AsyncIterator[SqlDatabase]:
    """Opened once, so that every statement is compiled once: that costs more than running most of them."""
    path = shutil.copy(migrated, migrated.with_name("store.db"))
    database = SqlDatabase(f"sqlite:///{path}")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def database(opened: SqlDatabase, migrated: Path) -> Iterator[SqlDatabase]:
    assert opened.path is not None
    yield opened
    assert opened.checked_out == 0
    start_again(opened.path, migrated)


def start_again(path: Path, migrated: Path) -> None:
    """Fill every table as it was after the migrations, counters included."""
    with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("ATTACH ? AS migrated", (str(migrated),))
        connection.execute("BEGIN IMMEDIATE")
        found = connection.execute("SELECT name FROM migrated.sqlite_schema WHERE type = 'table'").fetchall()
        # What fills a table notes its counter, so the table of counters comes last.
        for (table,) in sorted(found, key=lambda each: each == ("sqlite_sequence",)):
            if connection.execute(f'SELECT EXISTS (SELECT 1 FROM main."{table}")').fetchone() == (1,):
                connection.execute(f'DELETE FROM main."{table}"')
                connection.execute(f'INSERT INTO main."{table}" SELECT * FROM migrated."{table}"')
        connection.execute("COMMIT")


async def test_nothing_of_one_test_is_left_for_the_next(database: SqlDatabase, migrated: Path) -> None:
    assert database.path is not None
    await put(sql_rooms(database).store, project(), event(None))
    start_again(database.path, migrated)
    with closing(sqlite3.connect(database.path)) as left, closing(sqlite3.connect(migrated)) as empty:
        assert list(left.iterdump()) == list(empty.iterdump())


@pytest.fixture
def rooms(database: SqlDatabase) -> Rooms:
    return sql_rooms(database)


class TestSqliteOnly(SqlOnlyContract):
    """What only rows in a database have to promise."""


@over_rows("sort", list(FileSort))
@over_rows("scope", [EVERYTHING, Scope(project_id=UUID(int=1))])
async def test_a_page_of_a_project_is_read_in_order_from_an_index(
    database: SqlDatabase, sort: FileSort, scope: Scope
) -> None:
    query = FileQuery(project_id=UUID(int=1) if scope.everything else None, sort=sort)
    for after in (None, Mark(NOW if "created" in sort else "a" if "name" in sort else 1, UUID(int=2))):
        statement = listed(scope, query, PageRequest(after=after))
        literal = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": False})
        async with database.reading() as connection:
            bound = [1] * str(literal).count("?")
            plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {literal}", tuple(bound))).all()
        steps = [step[3] for step in plan]
        assert not [step for step in steps if "TEMP B-TREE" in step or step.startswith("SCAN")], steps
        (of_files,) = [step for step in steps if step.startswith("SEARCH files")]
        assert ("project_id=? AND (" in of_files) is (after is not None), steps


class TestSqliteApiKeys(ApiKeysContract):
    pass


class TestSqliteAudit(AuditContract):
    pass


class TestSqliteBacklog(BacklogContract):
    pass


class TestSqliteEntities(EntitiesContract):
    pass


class TestSqliteEventLog(EventLogContract):
    pass


class TestSqliteEvents(EventsContract):
    pass


class TestSqliteFileBatches(FileBatchesContract):
    pass


class TestSqliteFileFacts(FileFactsContract):
    pass


class TestSqliteFileKeys(FileKeysContract):
    pass


class TestSqliteFilePages(FilePagesContract):
    pass


class TestSqliteFiles(FilesContract):
    pass


class TestSqliteHistory(HistoryContract):
    pass


class TestSqliteIngested(IngestedContract):
    pass


class TestSqliteInstallationSecrets(InstallationSecretsContract):
    pass


class TestSqliteJobControl(JobControlContract):
    pass


class TestSqliteJobQueue(JobQueueContract):
    pass


class TestSqliteJobReads(JobReadsContract):
    pass


class TestSqliteJobs(JobsContract):
    pass


class TestSqliteLinkedIdentities(LinkedIdentitiesContract):
    pass


class TestSqliteOAuthStates(OAuthStatesContract):
    pass


class TestSqlitePersonalProjects(PersonalProjectsContract):
    pass


class TestSqlitePresignedUploads(PresignedUploadsContract):
    pass


class TestSqliteProjects(ProjectsContract):
    pass


class TestSqliteRefreshTokens(RefreshTokensContract):
    pass


class TestSqliteReplays(ReplaysContract):
    pass


class TestSqliteRoles(RolesContract):
    pass


class TestSqliteSecondFactors(SecondFactorsContract):
    pass


class TestSqliteSessions(SessionsContract):
    pass


class TestSqliteSignInCodes(SignInCodesContract):
    pass


class TestSqliteUnitOfWork(UnitOfWorkContract):
    pass


class TestSqliteUsage(UsageContract):
    pass


class TestSqliteUsers(UsersContract):
    pass
