"""A disk that is as full as a test wants it."""

from domain.errors import StorageFull


class MemoryDisk:
    """Without a number there is no disk, and so no end."""

    def __init__(self, free: int | None = None) -> None:
        self.free = free

    async def require_free(self, size: int) -> None:
        if self.free is not None and size >= self.free:
            raise StorageFull("the disk has no room for uploads")
