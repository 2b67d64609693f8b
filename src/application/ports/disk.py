"""What uploads fill."""

from typing import Protocol


class Disk(Protocol):
    """The disks of this machine that rows and blobs are kept on; there need not be any."""

    async def require_free(self, size: int) -> None:
        """Return when so many bytes more would leave the reserve free; else raise `StorageFull`."""
        ...
