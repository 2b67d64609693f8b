"""SQLite connections whose statements cost one trip to their thread, where the driver's own take four.

A trip wakes two threads and costs more than most of our statements.
"""

import asyncio
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
    """The driver's connection, with cursors of ours and one end, however often it is asked to end.

    A statement that is cancelled makes SQLAlchemy close the connection and, as the cancellation is repeated, stop it
    as well. The driver would have the second of them wait for an answer of a thread that has ended: for ever.
    """

    def __init__(self, database: str, options: dict[str, Any], ending: "set[asyncio.Future[Any]]") -> None:
        super().__init__(partial(sqlite3.connect, database, **options), iter_chunk_size=64)
        # A program that ends does not wait for it.
        self._thread.daemon = True
        self._ending = ending
        self._stopped = False
        self._end: asyncio.Future[Any] | None = None

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

    def stop(self) -> "asyncio.Future[Any] | None":
        """Close it when its thread has done what it was given, and end the thread."""
        if not self._stopped:
            self._stopped = True
            self._end = super().stop()
            if self._end is not None:
                self._ending.add(self._end)
                self._end.add_done_callback(self._ending.discard)
        return self._end

    async def close(self) -> None:
        """As `stop`, and wait for it."""
        if end := self.stop():
            await asyncio.shield(end)


class SqliteThreads:
    """Opens connections, and knows the threads of those that are being closed."""

    def __init__(self) -> None:
        self._ending: set[asyncio.Future[Any]] = set()

    def connect(self, database: str, **options: Any) -> OneTripConnection:
        """A connection, once it is awaited."""
        return OneTripConnection(database, options, self._ending)

    async def ended(self, within: float) -> None:
        """Return when every connection that was closed has let go of the file, or when the seconds are over.

        An event loop that was closed meanwhile could not be answered by them.
        """
        if self._ending:
            await asyncio.wait(self._ending, timeout=within)


def _ran(how: str, statement: str, parameters: Any, connection: sqlite3.Connection) -> tuple[Any, int, Any, list[Any]]:
    cursor = connection.cursor()
    try:
        getattr(cursor, how)(statement, parameters)
        rows = cursor.fetchall() if cursor.description else []
        return cursor.description, cursor.rowcount, cursor.lastrowid, rows
    finally:
        cursor.close()
