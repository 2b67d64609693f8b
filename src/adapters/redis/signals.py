"""Signals by Redis's PUBLISH and SUBSCRIBE."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.redis.server import LOST, RedisServer
from application.signalling import ALIVE_EVERY, ANSWER_WITHIN, LONGEST_PAYLOAD, KeptLine, Listeners, message_of

_log = logging.getLogger(__name__)


class RedisSignals:
    """Listens on one connection of its own. While there is none, signals are lost, as the port allows."""

    def __init__(self, server: RedisServer) -> None:
        self._client = server.client
        # Channels are seen from every database of a server.
        database = self._client.connection_pool.connection_kwargs.get("db", 0)
        self._channel = f"darkroom:{database}:signals"
        self._listeners = Listeners()
        self._line = KeptLine(self._hold, LOST, "Redis")

    async def open(self) -> None:
        """Begin to connect: returns after the first try, however it went."""
        await self._line.open()

    async def close(self) -> None:
        """Hang up."""
        await self._line.close()

    async def send(self, topic: str, payload: str = "") -> None:
        if not self._line.is_up or len(payload) > LONGEST_PAYLOAD:
            return
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await self._client.publish(self._channel, message_of(topic, payload))
        except (*LOST, ValueError) as error:
            # Values that UTF-8 cannot hold end up here too.
            _log.info("a signal was lost: %s", error)

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[AsyncIterator[str]]:
        async with self._listeners.listen(topic) as heard:
            await self._line.wait_until_up()
            yield heard

    async def _hold(self) -> None:
        async with self._client.pubsub() as channel:
            await channel.subscribe(self._channel)
            asked = True  # a subscription is answered, as a question is
            while True:
                message = await channel.get_message(timeout=ANSWER_WITHIN if asked else ALIVE_EVERY)
                # A server that vanished without a word would never be missed by somebody who only listens.
                if message is None and asked:
                    raise TimeoutError("no answer")
                if asked := message is None:
                    await channel.ping()
                elif message["type"] == "subscribe":
                    self._line.up()
                elif message["type"] == "message":
                    self._listeners.tell_message(message["data"].decode("utf-8", "replace"))
