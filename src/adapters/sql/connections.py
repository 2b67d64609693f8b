"""A bounded number of connections, handed out in the order they were asked for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.sql.errors import busy, translated
from adapters.sql.uninterrupted import uninterrupted
from application.ports.measures import Dependency, Measures
from domain.errors import Outage

GIVE_BACK_WITHIN = 5


class Connections:
    """Connections of one engine; whoever has waited for longer than `patience` is told that it is busy.

    Opening and giving back are not interrupted by cancellation: a connection that is dropped half-way lingers on the
    server, and the next one would meet a transaction that nobody ended. Both are bounded.
    """

    def __init__(self, engine: AsyncEngine, size: int, patience: float, measures: Measures | None = None) -> None:
        self._plain = engine
        # Our SQLite connections commit each statement anyway, until they are told to begin a transaction.
        sqlite = engine.dialect.name == "sqlite"
        self._autocommit = engine if sqlite else engine.execution_options(isolation_level="AUTOCOMMIT")
        self._size = size
        self._patience = patience
        self._measures = measures
        self._free = anyio.Semaphore(size, max_value=size)

    @property
    def in_use(self) -> int:
        """How many are lent at this moment."""
        return self._size - self._free.value

    @asynccontextmanager
    async def one(self, *, autocommit: bool) -> AsyncIterator[AsyncConnection]:
        """A connection; with `autocommit` each statement is a transaction of its own."""
        try:
            with anyio.fail_after(self._patience):
                await self._free.acquire()
        except TimeoutError:
            self._failed("wait")
            raise busy() from None
        try:
            connection = (self._autocommit if autocommit else self._plain).connect()
            try:
                await self._connect(connection)
                yield connection
            finally:
                await uninterrupted(_give_back(connection))
        finally:
            self._free.release()

    async def _connect(self, connection: AsyncConnection) -> None:
        try:
            with translated():
                await uninterrupted(connection.start())
        except Outage:
            self._failed("connect")
            raise

    def _failed(self, operation: str) -> None:
        if self._measures is not None:
            self._measures.failed(Dependency.DATABASE, operation)

    async def close(self) -> None:
        """Close them all."""
        await self._plain.dispose()


async def _give_back(connection: AsyncConnection) -> None:
    if connection.sync_connection is not None:
        with anyio.move_on_after(GIVE_BACK_WITHIN), translated():
            await connection.close()
