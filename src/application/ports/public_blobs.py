"""Port: a store whose blobs anyone may read by address. An optional power of a store."""

from typing import Protocol


class PublicBlobs(Protocol):
    """Blobs served to everybody by the store itself."""

    async def publish(self) -> None:
        """Let everyone read every blob that is kept, and list or write none; what has only just come in stays private.

        Done at each start: whatever was public before and is not meant to be is so no longer.
        """
        ...

    def address(self, key: str) -> str:
        """The lasting, unsigned URL of a blob."""
        ...
