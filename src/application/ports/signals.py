"""Port: a tap on the shoulder between processes."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Signals(Protocol):
    """Carries short messages to everyone listening at that moment, on every instance.

    Best effort: a signal may be lost (a reconnection, a slow listener), never invented. So whoever acts on signals
    also looks by itself now and then. Sending never raises and never waits for listeners.
    """

    async def send(self, topic: str, payload: str = "") -> None:
        """Tell all listeners of a topic; payloads have up to 1,000 characters."""
        ...

    def listen(self, topic: str) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Payloads sent from now on, in order for each sender; entering returns once listening is in force."""
        ...
