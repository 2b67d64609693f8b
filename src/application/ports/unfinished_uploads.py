"""Port: what interrupted uploads leave in a store, where nobody sees it. An optional power of a store."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

Ours = Callable[[str], Awaitable[bool]]
"""Whether a key is one of this installation's: others may use the store, too."""


class UnfinishedUploads(Protocol):
    """Parts and scratch files that never became a blob."""

    async def drop_unfinished(self, before: datetime, ours: Ours) -> int:
        """Remove those that nobody has touched since, but for those under a key of others; how many they were."""
        ...
