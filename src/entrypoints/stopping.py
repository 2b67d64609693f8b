"""Being asked to stop: once politely, twice for good."""

import asyncio
import signal
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Stop:
    """`asked` says to finish what is under way, `now` to drop it."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    now: asyncio.Event = field(default_factory=asyncio.Event)

    def ask(self) -> None:
        """The first time politely, the second time for good."""
        (self.now if self.asked.is_set() else self.asked).set()

    async def pause(self, seconds: float) -> None:
        """Wait, but no longer than until asked."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.asked.wait()

    def on_signals(self) -> None:
        """Let SIGTERM and Ctrl-C ask."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.ask)
