"""Port: a store whose blobs anyone may read by address. An optional power of a store."""

from typing import Protocol


class PublicBlobs(Protocol):
    """Blobs served to everybody by the store itself."""

    async def publish(self) -> None:
        """Let everyone read every blob (and list or write none). Done once, at the start; doing it again is quiet."""
        ...

    def address(self, key: str) -> str:
        """The lasting, unsigned URL of a blob."""
        ...
