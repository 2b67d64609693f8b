"""Which operations on the database are counted as failed."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.memory.measures import MemoryMeasures
from adapters.sql.database import SqlDatabase
from adapters.sql.migrate import migrate
from adapters.sql.store import SqlStore
from application.ports.measures import Dependency
from domain.errors import Unavailable
from tests.unit.contracts.things import project, put, refused

pytestmark = pytest.mark.anyio


@pytest.fixture
def measures() -> MemoryMeasures:
    return MemoryMeasures()


@pytest.fixture
async def database(tmp_path: Path, measures: MemoryMeasures) -> AsyncIterator[SqlDatabase]:
    url = f"sqlite:///{tmp_path}/store.db"
    migrate(url)
    database = SqlDatabase(url, patience=0.1, measures=measures)
    await database.open()
    yield database
    await database.close()


def failed(measures: MemoryMeasures) -> dict[str, int]:
    return {operation: times for (what, operation), times in measures.failures.items() if what is Dependency.DATABASE}


async def test_what_is_refused_on_purpose_is_no_failure(database: SqlDatabase, measures: MemoryMeasures) -> None:
    home = project()
    await put(SqlStore(database), home)
    with refused("already_there"):
        await put(SqlStore(database), home)
    assert not failed(measures)


async def test_a_file_that_somebody_else_holds(database: SqlDatabase, measures: MemoryMeasures, tmp_path: Path) -> None:
    holder = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        await put(SqlStore(database), project())
    holder.close()
    assert failed(measures) == {"write": 1}


async def test_waiting_for_a_connection_in_vain(database: SqlDatabase, measures: MemoryMeasures) -> None:
    store = SqlStore(database)
    async with store.begin():
        with pytest.raises(Unavailable):
            async with store.begin():
                pass
    assert failed(measures) == {"wait": 1}


async def test_a_database_that_lacks_our_tables(tmp_path: Path, measures: MemoryMeasures) -> None:
    (tmp_path / "empty.db").touch()
    database = SqlDatabase(f"sqlite:///{tmp_path}/empty.db", measures=measures)
    await database.open()
    with pytest.raises(Unavailable):
        await database.check()
    await database.close()
    assert failed(measures) == {"read": 1}


async def test_a_file_that_is_not_there(tmp_path: Path, measures: MemoryMeasures) -> None:
    database = SqlDatabase(f"sqlite:///{tmp_path}/none.db", measures=measures)
    await database.open()
    with pytest.raises(Unavailable):
        await database.check()
    await database.close()
    assert failed(measures) == {"connect": 1}


async def test_a_file_that_is_no_database(tmp_path: Path, measures: MemoryMeasures) -> None:
    (tmp_path / "odd.db").write_bytes(b"no database at all, but long enough to be read as if it were one" * 20)
    database = SqlDatabase(f"sqlite:///{tmp_path}/odd.db", measures=measures)
    await database.open()
    with pytest.raises(Unavailable):
        await database.check()
    await database.close()
    assert failed(measures) == {"connect": 1}
