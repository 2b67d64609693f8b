"""Signals inside one process."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.streams.memory import MemoryObjectSendStream

LONGEST_PAYLOAD = 1_000
HELD_FOR_SLOW_LISTENERS = 1_000


class MemorySignals:
    """Carries signals between the tasks of one event loop; a listener that is far behind loses some."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[MemoryObjectSendStream[str]]] = defaultdict(set)

    async def send(self, topic: str, payload: str = "") -> None:
        if len(payload) > LONGEST_PAYLOAD:
            return
        for listener in tuple(self._listeners.get(topic, ())):
            try:
                listener.send_nowait(payload)
            except anyio.WouldBlock:
                continue

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[AsyncIterator[str]]:
        send, receive = anyio.create_memory_object_stream[str](HELD_FOR_SLOW_LISTENERS)
        self._listeners[topic].add(send)
        with send, receive:
            try:
                yield receive
            finally:
                self._listeners[topic].discard(send)
