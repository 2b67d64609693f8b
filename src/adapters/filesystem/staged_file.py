"""A file being written, unseen until it is whole."""

import errno
import os
import secrets
import stat
import time
from pathlib import Path

from adapters.filesystem.folders import opened
from domain.errors import Invalid, Unavailable

CLOSED = -1
TRIES = 100


class StagedFile:
    """Bytes on their way into a store; every method blocks, one at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = CLOSED

    @classmethod
    def fresh(cls, scratch: Path) -> "StagedFile":
        """One of a name nobody else has; there is no file before the first write."""
        return cls(scratch / f"{secrets.token_hex(16)}.part")

    def write(self, body: memoryview) -> None:
        """Append, all of it."""
        if self._descriptor == CLOSED:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
        while body:
            body = body[os.write(self._descriptor, body) :]

    def take(self) -> None:
        """Make the file that already lies at `path` this one."""
        self._descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            raise Invalid("Only a plain file can become a blob.")

    def facts(self) -> os.stat_result:
        """What the disk knows of it."""
        return os.fstat(self._descriptor)

    def finish(self, root: Path, names: list[str]) -> os.stat_result:
        """Make it durable, then visible as root/names…"""
        facts = self.stamp()
        self.show(root, names)
        self.close()
        return facts

    def stamp(self) -> os.stat_result:
        """Durable, and changed at this moment."""
        # The kernel's own stamp is coarse: two blobs of one size written in the same tick, the second in the
        # inode the first gave back, would share their etag.
        now = time.time_ns()
        os.utime(self._descriptor, ns=(now, now))
        os.fsync(self._descriptor)
        return self.facts()

    def show(self, root: Path, names: list[str]) -> None:
        """Make it visible as root/names…"""
        for _ in range(TRIES):
            try:
                self._move(root, names)
            except FileNotFoundError:
                if not self.path.exists():
                    raise
            else:
                return
        raise Unavailable("The folder of this blob vanishes as often as it is made.")

    def discard(self) -> None:
        """Leave nothing behind; quiet when it was never written."""
        try:
            self.close()
        finally:
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Give the descriptor back; the disk may still complain about what was written before."""
        descriptor, self._descriptor = self._descriptor, CLOSED
        if descriptor != CLOSED:
            os.close(descriptor)

    def _move(self, root: Path, names: list[str]) -> None:
        try:
            with opened(root, names[:-1], create=True) as folder:
                os.rename(self.path, names[-1], dst_dir_fd=folder)
                os.fsync(folder)
        except (NotADirectoryError, IsADirectoryError) as error:
            raise Invalid("On a disk a blob cannot have the name of a folder, or lie below another blob.") from error
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise Invalid("A key cannot pass through a symbolic link.") from error
            raise
