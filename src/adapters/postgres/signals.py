"""Signals by PostgreSQL's LISTEN and NOTIFY."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg  # type: ignore[import-untyped]

from application.signalling import ALIVE_EVERY, ANSWER_WITHIN, LONGEST_PAYLOAD, KeptLine, Listeners, message_of

_CHANNEL = "darkroom_signals"
_LOST = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

_log = logging.getLogger(__name__)


class PostgresSignals:
    """Carries signals over one connection of its own. While there is none, signals are lost, as the port allows."""

    def __init__(self, url: str) -> None:
        self._url = _plain(url)
        self._listeners = Listeners()
        self._line = KeptLine(self._hold, _LOST, "the database")
        self._connection: asyncpg.Connection | None = None
        self._asking = asyncio.Lock()

    async def open(self) -> None:
        """Begin to connect: returns after the first try, however it went."""
        await self._line.open()

    async def close(self) -> None:
        """Hang up."""
        await self._line.close()

    async def send(self, topic: str, payload: str = "") -> None:
        connection = self._connection
        if connection is None or len(payload) > LONGEST_PAYLOAD:
            return
        try:
            async with asyncio.timeout(ANSWER_WITHIN), self._asking:
                await connection.execute("SELECT pg_notify($1, $2)", _CHANNEL, message_of(topic, payload))
        except (*_LOST, ValueError) as error:
            # Values that text cannot hold end up here too.
            _log.info("a signal was lost: %s", error)

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[AsyncIterator[str]]:
        async with self._listeners.listen(topic) as heard:
            await self._line.wait_until_up()
            yield heard

    def _hear(self, connection: object, process: int, channel: str, message: object) -> None:
        self._listeners.tell_message(str(message))

    async def _hold(self) -> None:
        connection = await asyncpg.connect(self._url, timeout=ANSWER_WITHIN, command_timeout=ANSWER_WITHIN)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            await connection.add_listener(_CHANNEL, self._hear)
            self._connection = connection
            self._line.up()
            while not lost.is_set():
                await self._prove_alive(connection, lost)
            raise ConnectionError("the connection was closed")
        finally:
            self._connection = None
            connection.terminate()

    async def _prove_alive(self, connection: asyncpg.Connection, lost: asyncio.Event) -> None:
        # A server that vanished without a word would never be missed by somebody who only listens.
        try:
            await asyncio.wait_for(lost.wait(), ALIVE_EVERY)
        except TimeoutError:
            async with self._asking:
                await connection.execute("SELECT 1")


def _plain(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"
