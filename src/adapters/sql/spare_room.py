"""A file that is there to be removed when the disk is full."""

import os
from contextlib import suppress
from pathlib import Path

MIB = 1 << 20
SIZE = 16 * MIB
FULL_BELOW = 8 * MIB
ROOMY_FROM = 4 * SIZE


class SpareRoom:
    """Some megabytes beside a SQLite database, for the rows of those who sign in and delete on a full disk.

    SQLite writes new pages for a deletion, too. Without room for them nothing could be deleted any more, and so nothing
    would make room.
    """

    def __init__(self, database: Path) -> None:
        self._file = database.with_name(f"{database.name}-spare")

    def hold(self) -> None:
        """Keep the room, where there is plenty."""
        with suppress(OSError):
            if self._free() >= ROOMY_FROM and not self._file.exists():
                self._fill()

    def let_go_if_full(self) -> None:
        """Give the room to whatever is written next."""
        with suppress(OSError):
            if self._free() < FULL_BELOW:
                self._file.unlink()

    def _free(self) -> int:
        disk = os.statvfs(self._file.parent)
        return disk.f_bavail * disk.f_frsize

    def _fill(self) -> None:
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            os.posix_fallocate(handle, 0, SIZE)
        except OSError:
            self._file.unlink()
            raise
        finally:
            os.close(handle)
