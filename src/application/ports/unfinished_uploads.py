"""Port: what interrupted uploads leave in a store, where nobody sees it. An optional power of a store."""

from datetime import datetime
from typing import Protocol


class UnfinishedUploads(Protocol):
    """Parts and scratch files that never became a blob."""

    async def drop_unfinished(self, before: datetime) -> int:
        """Remove those that nobody has touched since; how many they were."""
        ...
