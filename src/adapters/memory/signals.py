"""Signals inside one process."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

from application.signalling import LONGEST_PAYLOAD, Listeners


class MemorySignals:
    """Carries signals between the tasks of one event loop."""

    def __init__(self) -> None:
        self._listeners = Listeners()

    async def send(self, topic: str, payload: str = "") -> None:
        if len(payload) <= LONGEST_PAYLOAD:
            self._listeners.tell(topic, payload)

    def listen(self, topic: str) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        return self._listeners.listen(topic)
