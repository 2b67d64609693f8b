"""What every carrier of signals does alike: telling the listeners of this process, and staying connected."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

LONGEST_PAYLOAD = 1_000
HELD_FOR_SLOW_LISTENERS = 1_000
ANSWER_WITHIN = 3.0
ALIVE_EVERY = 10.0
_LISTENING_WITHIN = 2.0
_RETRY_AFTER = (0.1, 0.2, 0.5, 1.0, 2.0)

_log = logging.getLogger(__name__)


class Listeners:
    """Whoever listens in this process; one that is far behind loses some."""

    def __init__(self) -> None:
        self._queues: defaultdict[str, set[asyncio.Queue[str]]] = defaultdict(set)

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[AsyncIterator[str]]:
        """What is told of a topic from now on."""
        heard: asyncio.Queue[str] = asyncio.Queue(HELD_FOR_SLOW_LISTENERS)
        self._queues[topic].add(heard)
        try:
            yield _all_of(heard)
        finally:
            self._queues[topic].discard(heard)

    def tell(self, topic: str, payload: str) -> None:
        """Pass a signal on."""
        for queue in tuple(self._queues.get(topic, ())):
            with suppress(asyncio.QueueFull):
                queue.put_nowait(payload)

    def tell_message(self, message: str) -> None:
        """Pass on what `message_of` made."""
        topic, _, payload = message.partition("\n")
        self.tell(topic, payload)


def message_of(topic: str, payload: str) -> str:
    """A signal as it travels: all topics share one channel, so that reconnecting once restores them all."""
    return f"{topic}\n{payload}"


class KeptLine:
    """A connection that is opened again whenever it is lost.

    `hold` connects, calls `up` once signals arrive, and runs until it raises one of `lost`.
    """

    def __init__(self, hold: Callable[[], Awaitable[None]], lost: tuple[type[Exception], ...], to: str) -> None:
        self._hold, self._lost, self._to = hold, lost, to
        self._is_up = asyncio.Event()
        self._tried = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to connect: returns after the first try, however it went."""
        self._keeper = asyncio.create_task(self._keep())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._tried.wait(), ANSWER_WITHIN)

    async def close(self) -> None:
        """Hang up."""
        if self._keeper:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
            self._keeper = None

    def up(self) -> None:
        """Signals arrive from now on."""
        self._is_up.set()
        self._tried.set()

    @property
    def is_up(self) -> bool:
        """Whether signals arrive."""
        return self._is_up.is_set()

    async def wait_until_up(self) -> None:
        """Wait for the connection, but not for ever."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_up.wait(), _LISTENING_WITHIN)

    async def _keep(self) -> None:
        failures = 0
        while True:
            try:
                await self._hold()
            except self._lost as error:
                failures = 0 if self.is_up else failures + 1
                _log.warning("signals wait for %s: %s", self._to, error)
            finally:
                self._is_up.clear()
            self._tried.set()
            await asyncio.sleep(_RETRY_AFTER[min(failures, len(_RETRY_AFTER) - 1)])


async def _all_of(heard: asyncio.Queue[str]) -> AsyncIterator[str]:
    while True:
        yield await heard.get()
