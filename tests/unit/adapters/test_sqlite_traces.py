"""Statements in traces."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import bindparam, text

from adapters.memory.traces import MemorySpan, MemoryTraces
from adapters.sql.database import SqlDatabase
from domain.errors import DarkroomError

pytestmark = pytest.mark.anyio

LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT max(i) FROM n"


@pytest.fixture
def traces() -> MemoryTraces:
    return MemoryTraces()


@pytest.fixture
async def database(tmp_path: Path, traces: MemoryTraces) -> AsyncIterator[SqlDatabase]:
    database = SqlDatabase(f"sqlite:///{tmp_path}/rows.db", traces=traces)
    await database.open()
    async with database.single() as connection:
        await connection.execute(text("CREATE TABLE things (name TEXT PRIMARY KEY)"))
    yield database
    await database.close()


async def add(database: SqlDatabase, *names: str) -> None:
    statement = text("INSERT INTO things VALUES (:name)").bindparams(bindparam("name"))
    async with database.single() as connection:
        for name in names:
            await connection.execute(statement, {"name": name})


def statements(traces: MemoryTraces) -> list[MemorySpan]:
    return [each for each in traces.ended if "db.query.text" in each.attributes]


async def test_a_statement_shows_its_text_without_its_values(database: SqlDatabase, traces: MemoryTraces) -> None:
    with traces.continued("request", None):
        await add(database, "geheim")
    (insert, request) = traces.ended
    assert (insert.name, insert.parent_id, insert.kind) == ("INSERT things", request.span_id, "client")
    assert insert.attributes == {"db.system.name": "sqlite", "db.query.text": "INSERT INTO things VALUES (?)"}


async def test_outside_of_a_trace_there_are_none(database: SqlDatabase, traces: MemoryTraces) -> None:
    await add(database, "alone")
    assert traces.ended == []


async def test_a_failure_is_told_by_its_kind(database: SqlDatabase, traces: MemoryTraces) -> None:
    with traces.continued("request", None):
        with pytest.raises(DarkroomError):
            await add(database, "geheim", "geheim")
        await add(database, "another")
    assert [each.failed for each in statements(traces)] == [False, True, False]
    assert "geheim" not in repr(traces.ended)


@pytest.mark.slow
async def test_a_statement_that_nobody_waits_for_any_more_has_ended(
    database: SqlDatabase, traces: MemoryTraces
) -> None:
    async def ask() -> None:
        async with database.reading() as connection:
            await connection.execute(text(LONG))

    with traces.continued("request", None):
        asking = asyncio.create_task(ask())
        await asyncio.sleep(0.05)
        asking.cancel()
        await asyncio.wait([asking])
        await add(database, "next")
    told = statements(traces)
    assert [each.name for each in told] == ["WITH n", "INSERT things"]
    assert not any(each.failed for each in told)


async def test_each_belongs_to_the_trace_of_its_task(database: SqlDatabase, traces: MemoryTraces) -> None:
    async def request(number: int) -> None:
        with traces.continued(f"request {number}", None, {"n": number}), traces.span("step"):
            await add(database, *(f"{number}-{each}" for each in range(3)))

    await asyncio.gather(*(request(number) for number in range(20)))
    steps = {each.span_id: each for each in traces.ended if each.name == "step"}
    assert len(steps) == 20
    for parent in steps:
        assert len([each for each in statements(traces) if each.parent_id == parent]) == 3
    assert all(each.trace_id == steps[str(each.parent_id)].trace_id for each in statements(traces))
