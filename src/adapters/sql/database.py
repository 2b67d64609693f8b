"""One database, opened once for a whole program."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool

from adapters.sql.engine import open_postgres, open_sqlite, require_sqlite
from adapters.sql.errors import translated
from adapters.sql.schema import require_fitting
from adapters.sql.tables import schema_info
from adapters.sql.url import read_url
from domain.errors import Unavailable

CHECK_WITHIN = 5
GIVE_BACK_WITHIN = 5


class SqlDatabase:
    """A SQLite file or a PostgreSQL database.

    SQLite takes one writer at a time, so all writing goes through a single connection, whose queue is fair and
    bounded; left to themselves, several writers would lose each other's updates or fail as busy.
    """

    def __init__(self, url: str, *, connections: int = 10, patience: float = 10) -> None:
        self._url = read_url(url)
        self._connections = connections
        self._patience = patience
        self._writing: AsyncEngine
        self._reading: AsyncEngine
        self._single: AsyncEngine

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of this machine."""
        return self._url.path is not None

    async def open(self) -> None:
        """Get ready; whether the database answers shows at the first use."""
        address = self._url.for_engine
        if self._url.path:
            require_sqlite()
            self._url.path.parent.mkdir(parents=True, exist_ok=True)
            self._writing = self._single = open_sqlite(address, 1, self._patience, read_only=False)
            self._reading = open_sqlite(address, self._connections, self._patience, read_only=True)
        else:
            self._writing = open_postgres(address, self._connections, self._patience)
            self._reading = self._single = self._writing.execution_options(isolation_level="AUTOCOMMIT")

    async def close(self) -> None:
        """Close every connection."""
        await self._reading.dispose()
        await self._writing.dispose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A connection inside a transaction, which is undone unless it was committed."""
        connection = self._writing.connect()
        try:
            with translated():
                await connection.start()
                if self.is_sqlite:
                    await connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
        finally:
            await _give_back(connection)

    @asynccontextmanager
    async def single(self) -> AsyncIterator[AsyncConnection]:
        """A connection on which each statement is a transaction of its own."""
        with translated():
            async with self._single.connect() as connection:
                yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection to look at what is committed."""
        with translated():
            async with self._reading.connect() as connection:
                yield connection

    async def check(self) -> None:
        """Return when it answers and has a schema we know; else raise `Unavailable`."""
        try:
            with anyio.fail_after(CHECK_WITHIN):
                async with self.reading() as connection:
                    found = (await connection.execute(select(schema_info))).one_or_none()
        except TimeoutError:
            raise Unavailable("the database does not answer in time") from None
        require_fitting(None if found is None else (found.version, found.min_program))

    @property
    def checked_out(self) -> int:
        """How many connections are in use at this moment."""
        pools = {engine.pool for engine in (self._writing, self._reading)}
        return sum(pool.checkedout() for pool in pools if isinstance(pool, QueuePool))


async def _give_back(connection: AsyncConnection) -> None:
    # Even a cancelled unit ends before anybody goes on.
    if connection.sync_connection is None:
        return
    with anyio.move_on_after(GIVE_BACK_WITHIN, shield=True), translated():
        await connection.close()
