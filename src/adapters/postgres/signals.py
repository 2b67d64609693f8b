"""Signals by PostgreSQL's LISTEN and NOTIFY."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg  # type: ignore[import-untyped]

LONGEST_PAYLOAD = 1_000
HELD_FOR_SLOW_LISTENERS = 1_000

_CHANNEL = "darkroom_signals"
_ANSWER_WITHIN = 3.0
_LISTENING_WITHIN = 2.0
_ALIVE_EVERY = 10.0
_RETRY_AFTER = (0.1, 0.2, 0.5, 1.0, 2.0)
_LOST = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

_log = logging.getLogger(__name__)


class PostgresSignals:
    """Carries signals over one connection of its own, which it opens again whenever it is lost.

    All topics share one channel, so that listening costs nothing and a reconnection restores every topic at once.
    While there is no connection, signals are lost, as the port allows; `listen` waits for one, but not for ever.
    """

    def __init__(self, url: str) -> None:
        self._url = _plain(url)
        self._listeners: defaultdict[str, set[asyncio.Queue[str]]] = defaultdict(set)
        self._connection: asyncpg.Connection | None = None
        self._listening = asyncio.Event()
        self._tried = asyncio.Event()
        self._asking = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to connect: returns after the first try, however it went."""
        self._keeper = asyncio.create_task(self._stay_connected())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._tried.wait(), _ANSWER_WITHIN)

    async def close(self) -> None:
        """Hang up."""
        if self._keeper:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None

    async def send(self, topic: str, payload: str = "") -> None:
        connection = self._connection
        if connection is None or len(payload) > LONGEST_PAYLOAD:
            return
        try:
            async with asyncio.timeout(_ANSWER_WITHIN), self._asking:
                await connection.execute("SELECT pg_notify($1, $2)", _CHANNEL, f"{topic}\n{payload}")
        except (*_LOST, ValueError) as error:
            # Values that text cannot hold end up here too.
            _log.info("a signal was lost: %s", error)

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[AsyncIterator[str]]:
        heard: asyncio.Queue[str] = asyncio.Queue(HELD_FOR_SLOW_LISTENERS)
        self._listeners[topic].add(heard)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._listening.wait(), _LISTENING_WITHIN)
            yield _all_of(heard)
        finally:
            self._listeners[topic].discard(heard)

    def _hear(self, connection: Any, process: int, channel: str, message: object) -> None:
        topic, _, payload = str(message).partition("\n")
        for listener in self._listeners.get(topic, ()):
            with suppress(asyncio.QueueFull):
                listener.put_nowait(payload)

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            try:
                await self._listen_until_lost()
                failures = 0
            except _LOST as error:
                _log.warning("signals wait for the database: %s", error)
                failures += 1
            self._tried.set()
            await asyncio.sleep(_RETRY_AFTER[min(failures, len(_RETRY_AFTER) - 1)])

    async def _listen_until_lost(self) -> None:
        connection = await asyncpg.connect(self._url, timeout=_ANSWER_WITHIN, command_timeout=_ANSWER_WITHIN)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            await connection.add_listener(_CHANNEL, self._hear)
            self._connection = connection
            self._listening.set()
            self._tried.set()
            while not lost.is_set():
                await self._prove_alive(connection, lost)
        finally:
            self._connection = None
            self._listening.clear()
            connection.terminate()

    async def _prove_alive(self, connection: asyncpg.Connection, lost: asyncio.Event) -> None:
        # A server that vanished without a word would never be missed by somebody who only listens.
        try:
            await asyncio.wait_for(lost.wait(), _ALIVE_EVERY)
        except TimeoutError:
            async with self._asking:
                await connection.execute("SELECT 1")


async def _all_of(heard: asyncio.Queue[str]) -> AsyncIterator[str]:
    while True:
        yield await heard.get()


def _plain(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"
