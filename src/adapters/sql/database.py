"""One database, opened once for a whole program."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.connections import GIVE_BACK_WITHIN, Connections
from adapters.sql.engine import open_postgres, open_sqlite, require_sqlite
from adapters.sql.error_counts import count_errors
from adapters.sql.errors import translated
from adapters.sql.one_trip import SqliteThreads
from adapters.sql.schema import require_fitting
from adapters.sql.spare_room import SpareRoom
from adapters.sql.tables import schema_info
from adapters.sql.tracing import watch
from adapters.sql.url import read_url
from application.ports.measures import Dependency, Measures
from application.ports.traces import Traces
from domain.errors import Unavailable

CHECK_WITHIN = 5


class SqlDatabase:
    """A SQLite file or a PostgreSQL database.

    SQLite takes one writer at a time, so all writing goes through a single connection, whose queue is fair and
    bounded; left to themselves, several writers would lose each other's updates or fail as busy. `patience` is how many
    seconds anybody waits for others: for a connection, for a locked row, for another program that holds the file.
    A file `at_rest` is only looked at, and left as it is. With `traces`, every statement is a step of them; with
    `measures`, those that fail are counted.
    """

    def __init__(
        self,
        url: str,
        *,
        connections: int = 10,
        patience: float = 10,
        at_rest: bool = False,
        traces: Traces | None = None,
        measures: Measures | None = None,
    ) -> None:
        self._url = read_url(url)
        self._size = connections
        self._patience = patience
        self._at_rest = at_rest
        self._traces = traces
        self._measures = measures
        self._threads = SqliteThreads()
        self._spare = SpareRoom(self._url.path) if self._url.path and not at_rest else None
        self._writing: Connections
        self._reading: Connections

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of this machine."""
        return self._url.path is not None

    @property
    def path(self) -> Path | None:
        """The file, where it is one."""
        return self._url.path

    async def open(self) -> None:
        """Get ready; whether the database answers shows at the first use."""
        address = self._url.for_engine
        if self._url.path:
            require_sqlite()
            writer = open_sqlite(address, 1, self._patience, self._threads, read_only=False)
            readers = open_sqlite(
                address, self._size, self._patience, self._threads, read_only=True, at_rest=self._at_rest
            )
            self._writing = Connections(writer, 1, self._patience, self._measures)
            self._reading = Connections(readers, self._size, self._patience, self._measures)
            opened = [writer, readers]
        else:
            engine = open_postgres(address, self._size, self._patience)
            self._writing = self._reading = Connections(engine, self._size, self._patience, self._measures)
            opened = [engine]
        if self._measures is not None:
            for each in opened:
                count_errors(each, self._measures)
        if self._traces is not None:
            for each in opened:
                watch(each, self._traces)

    async def close(self) -> None:
        """Close every connection."""
        await self._reading.close()
        await self._writing.close()
        await self._threads.ended(GIVE_BACK_WITHIN)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A connection inside a transaction, which is undone unless it was committed."""
        async with self._writing.one(autocommit=False) as connection:
            if self._spare is not None:
                self._spare.let_go_if_full()
            if self.is_sqlite:
                with translated():
                    await connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    @asynccontextmanager
    async def single(self) -> AsyncIterator[AsyncConnection]:
        """A connection on which each statement is a transaction of its own."""
        async with self._writing.one(autocommit=True) as connection:
            if self._spare is not None:
                self._spare.let_go_if_full()
            with translated():
                yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection to look at what is committed."""
        async with self._reading.one(autocommit=True) as connection:
            with translated():
                yield connection

    async def check(self) -> None:
        """Return when it answers and has a schema we know; else raise `Unavailable`."""
        try:
            with anyio.fail_after(CHECK_WITHIN):
                await self._require_file()
                async with self.reading() as connection:
                    found = (await connection.execute(select(schema_info))).one_or_none()
        except TimeoutError:
            raise Unavailable("the database does not answer in time") from None
        require_fitting(None if found is None else (found.version, found.min_program))
        if self._spare is not None:
            self._spare.hold()

    async def _require_file(self) -> None:
        """Connecting would make an empty one, and `restore` would find a database in its way."""
        if self.path is not None and not await anyio.Path(self.path).exists():
            if self._measures is not None:
                self._measures.failed(Dependency.DATABASE, "connect")
            raise Unavailable(f"there is no database at {self.path}; run 'darkroom migrate'")

    @property
    def checked_out(self) -> int:
        """How many connections are in use at this moment."""
        return sum(connections.in_use for connections in {self._writing, self._reading})
