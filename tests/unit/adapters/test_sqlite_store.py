"""The store in SQLite."""

import shutil
from collections.abc import AsyncIterator
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
from tests.unit.adapters.sql_only import SqlOnlyContract
from tests.unit.adapters.sql_rooms import sql_rooms
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.store import collected
from tests.unit.contracts.things import NOW

pytestmark = pytest.mark.anyio

globals().update(collected("Sqlite"))


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with our tables; copying it is quicker than migrating each time."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
async def database(migrated: Path, tmp_path: Path) -> AsyncIterator[SqlDatabase]:
    path = shutil.copy(migrated, tmp_path / "store.db")
    database = SqlDatabase(f"sqlite:///{path}")
    await database.open()
    yield database
    assert database.checked_out == 0
    await database.close()


@pytest.fixture
def rooms(database: SqlDatabase) -> Rooms:
    return sql_rooms(database)


class TestSqliteOnly(SqlOnlyContract):
    """What only rows in a database have to promise."""


@pytest.mark.parametrize("sort", list(FileSort))
@pytest.mark.parametrize("scope", [EVERYTHING, Scope(project_id=UUID(int=1))])
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
