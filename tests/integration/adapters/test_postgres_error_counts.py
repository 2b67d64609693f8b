"""Which operations on PostgreSQL are counted as failed, when the server goes away under us."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from adapters.memory.measures import MemoryMeasures
from adapters.sql.database import SqlDatabase
from adapters.sql.store import SqlStore
from application.ports.measures import Dependency
from domain.errors import Unavailable
from tests.unit.contracts.things import project

pytestmark = pytest.mark.anyio

HANG_UP = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid")
OUR_PID = text("SELECT pg_backend_pid()")


@pytest.fixture
def measures() -> MemoryMeasures:
    return MemoryMeasures()


@pytest.fixture
async def database(postgres_url: str, measures: MemoryMeasures) -> AsyncIterator[SqlDatabase]:
    database = SqlDatabase(postgres_url, measures=measures)
    await database.open()
    yield database
    await database.close()


async def test_a_connection_that_is_cut(database: SqlDatabase, measures: MemoryMeasures) -> None:
    async with database.transaction() as cut, database.single() as other:
        pid = (await cut.execute(OUR_PID)).scalar_one()
        await other.execute(HANG_UP, {"pid": pid})
        with pytest.raises(DBAPIError):
            await cut.execute(text("UPDATE pg_class SET relname = relname WHERE false"))
    assert measures.failures == {(Dependency.DATABASE, "write"): 1}


async def test_a_statement_of_ours_that_makes_no_sense(database: SqlDatabase, measures: MemoryMeasures) -> None:
    with pytest.raises(Exception, match="nonsense"):
        async with database.reading() as connection:
            await connection.execute(text("SELECT nonsense()"))
    assert measures.failures == {(Dependency.DATABASE, "read"): 1}


async def test_a_server_that_is_not_there(measures: MemoryMeasures) -> None:
    nobody = SqlDatabase("postgres://x:y@127.0.0.1:1/none", measures=measures)
    await nobody.open()
    for _ in range(2):
        with pytest.raises(Unavailable):
            await nobody.check()
    with pytest.raises(Unavailable):
        async with SqlStore(nobody).begin() as unit:
            await unit.projects.add(project())
    await nobody.close()
    assert measures.failures == {(Dependency.DATABASE, "connect"): 3}


async def test_a_wrong_password_is_counted_once(postgres_url: str, measures: MemoryMeasures) -> None:
    wrong = SqlDatabase(postgres_url.replace("//", "//stranger_", 1), measures=measures)
    await wrong.open()
    with pytest.raises(Unavailable):
        await wrong.check()
    await wrong.close()
    assert measures.failures == {(Dependency.DATABASE, "connect"): 1}
