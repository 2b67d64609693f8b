"""Being asked to stop: once politely, twice for good."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

SIGNALS = (signal.SIGTERM, signal.SIGINT)


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

    @asynccontextmanager
    async def giving_up(self) -> AsyncIterator[None]:
        """What is inside is cancelled once asked, and the program goes on behind it: look at `asked` there."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as limit:

                async def give_up() -> None:
                    await self.asked.wait()
                    limit.reschedule(loop.time())

                watching = asyncio.create_task(give_up())
                try:
                    yield
                finally:
                    watching.cancel()
        except TimeoutError:
            if not limit.expired():
                raise

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Inside, SIGTERM and Ctrl-C ask; behind it, both do what they did before.

        Each handler is exchanged in one step. `loop.remove_signal_handler` has Ctrl-C raise KeyboardInterrupt for a
        moment, wherever the program happens to be.
        """
        loop = asyncio.get_running_loop()

        def ask(*_: object) -> None:
            loop.call_soon_threadsafe(self.ask)

        before = {number: signal.signal(number, ask) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
