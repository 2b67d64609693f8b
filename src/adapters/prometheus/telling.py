"""The facts of this process, left for the others again and again."""

import asyncio
from contextlib import suppress

from adapters.prometheus.page import PrometheusPage

EVERY = 5.0


class Telling:
    """Tells while it is open: who reads the page of another process sees us as of a moment ago."""

    def __init__(self, page: PrometheusPage) -> None:
        self._page = page
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin."""
        self._page.tell_of_itself()
        self._task = asyncio.create_task(self._tell())

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            with suppress(OSError):  # a full disk, perhaps; the service goes on
                await asyncio.to_thread(self._page.tell_of_itself)
