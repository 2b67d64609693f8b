"""SQLite connections whose statements cost one trip to their thread, where the driver's own take four.

A trip wakes two threads and costs more than most of our statements.
"""

import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Any, Self

import aiosqlite

Parameters = Sequence[Any]


class OneTripCursor:
    """Runs a statement and fetches all its rows in one go; what is asked for afterwards is here already."""

    arraysize = 1

    def __init__(self, connection: "OneTripConnection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Parameters = ()) -> None:
        """Run one statement."""
        await self._run("execute", statement, parameters)

    async def executemany(self, statement: str, parameters: Sequence[Parameters]) -> None:
        """Run one statement with each of the parameters."""
        await self._run("executemany", statement, parameters)

    async def fetchall(self) -> list[Any]:
        """The rows of the last statement."""
        return self._rows

    async def close(self) -> None:
        """There is nothing left to close."""

    async def _run(self, how: str, statement: str, parameters: Any) -> None:
        told = await self._connection.trip(partial(_ran, how, statement, parameters))
        self.description, self.rowcount, self.lastrowid, self._rows = told


class OneTripConnection(aiosqlite.Connection):
    """The driver's connection, with cursors of ours."""

    def cursor(self) -> OneTripCursor:  # type: ignore[override]
        return OneTripCursor(self)

    async def trip(self, work: Any) -> Any:
        """Let the connection's thread do something with it."""
        return await self._execute(work, self._conn)  # type: ignore[no-untyped-call]

    async def commit(self) -> None:
        if self.in_transaction:
            await super().commit()

    async def rollback(self) -> None:
        if self.in_transaction:
            await super().rollback()


def connect(database: str, **options: Any) -> OneTripConnection:
    """A connection, once it is awaited."""
    connection = OneTripConnection(partial(sqlite3.connect, database, **options), iter_chunk_size=64)
    # A program that ends does not wait for it.
    connection._thread.daemon = True
    return connection


def _ran(how: str, statement: str, parameters: Any, connection: sqlite3.Connection) -> tuple[Any, int, Any, list[Any]]:
    cursor = connection.cursor()
    try:
        getattr(cursor, how)(statement, parameters)
        rows = cursor.fetchall() if cursor.description else []
        return cursor.description, cursor.rowcount, cursor.lastrowid, rows
    finally:
        cursor.close()
