"""What only rows in a database have to promise, on whichever database."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Engine, insert, text
from sqlalchemy import event as happening

from adapters.sql.database import SqlDatabase
from adapters.sql.tables import replays, usage
from application.ports.files import FileQuery
from application.ports.history import Past
from domain.access import EVERYTHING
from domain.pages import PageRequest
from domain.usage import UsageKind, UsageLine
from tests.unit.adapters.sql_rooms import sql_rooms
from tests.unit.contracts.things import event, job, media_file, project, put, queued, variant

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)


async def statements(work: Callable[[], Awaitable[object]]) -> int:
    """How many of them a piece of work takes."""
    told: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        told.append(statement)

    await work()
    happening.listen(Engine, "before_cursor_execute", note)
    try:
        await work()
    finally:
        happening.remove(Engine, "before_cursor_execute", note)
    return len(told)


class SqlOnlyContract:
    """Suite for `SqlDatabase` and what is built on it; `database` is an open one."""

    async def test_answers_are_forgotten_by_when_their_requests_began(self, database: SqlDatabase) -> None:
        rooms, plain = sql_rooms(database), {"fingerprint": "f", "token": uuid4(), "answer": None}
        kept = [("anna", "old", LONG_AGO), ("anna", "new", FAR_AHEAD), ("bob", "old", LONG_AGO), ("bob", "o", LONG_AGO)]
        async with database.single() as connection:
            for owner, key, begun_at in kept:
                await connection.execute(insert(replays).values(owner=owner, key=key, begun_at=begun_at, **plain))
        assert await rooms.history.forget(Past.REPLAYS, older_than=A_DAY, limit=2) == 2
        assert await rooms.history.forget(Past.REPLAYS, older_than=A_DAY, limit=2) == 1
        async with database.reading() as connection:
            assert (await connection.execute(text("SELECT owner, key FROM replays"))).all() == [("anna", "new")]

    async def test_usage_of_a_kind_nobody_knows_is_left_out(self, database: SqlDatabase) -> None:
        rooms, home = sql_rooms(database), project()
        await put(rooms.store, home)
        known = UsageLine(date(2026, 7, 31), UsageKind.MADE, "thumb", 1, 2)
        async with database.single() as connection:
            for kind in ("made", "sighted"):
                row = {"project_id": home.id, "day": known.day, "kind": kind, "name": "thumb", "count": 1, "bytes": 2}
                await connection.execute(insert(usage).values(row))
        assert await rooms.usage.between(home.id, known.day, known.day) == [known]

    async def test_what_has_no_project_is_kept_under_the_nil_uuid(self, database: SqlDatabase) -> None:
        rooms = sql_rooms(database)
        await put(rooms.store, event(None))
        await queued(rooms.store, job(None))
        async with database.reading() as connection:
            for table in ("events", "jobs"):
                found = (await connection.execute(text(f"SELECT project_id FROM {table}"))).scalar_one()
                assert UUID(str(found)) == UUID(int=0)

    async def test_a_file_is_one_statement_and_a_page_two(self, database: SqlDatabase) -> None:
        rooms, home = sql_rooms(database), project()
        files = [media_file(home.id) for _ in range(3)]
        await put(rooms.store, home, *[replace(file, variants=(variant(file.id, "a"),)) for file in files])
        assert await statements(lambda: rooms.files.get(EVERYTHING, files[0].id)) == 1
        assert await statements(lambda: rooms.files.holding(files[0].key)) == 1
        assert await statements(lambda: rooms.files.page(EVERYTHING, FileQuery(), PageRequest())) == 2
