"""How much is free on the disks of this machine."""

import os
from collections.abc import Sequence
from pathlib import Path

from anyio.to_thread import run_sync

from domain.errors import StorageFull

GIB = 1 << 30
SHARE = 50  # one part in so many is the reserve of a large disk


class ReservedDisk:
    """Keeps some bytes free on the disk of each folder: `reserve`, or else the larger of 1 GiB and 2 %."""

    def __init__(self, folders: Sequence[Path], reserve: int | None = None) -> None:
        self._folders = folders
        self._reserve = reserve

    async def require_free(self, size: int) -> None:
        if self._folders and self._reserve != 0:
            await run_sync(self._check, size)

    def _check(self, size: int) -> None:
        for folder in self._folders:
            disk = os.statvfs(_existing(folder))
            reserve = max(GIB, disk.f_blocks * disk.f_frsize // SHARE) if self._reserve is None else self._reserve
            if disk.f_bavail * disk.f_frsize < reserve + size:
                raise StorageFull("the disk has no room for uploads: what is left is kept free, see MIN_FREE_DISK")


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it while it has not been made."""
    return next(each for each in (folder, *folder.absolute().parents) if each.exists())
