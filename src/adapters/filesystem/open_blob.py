"""A blob being read."""

import errno
import os
import stat
from pathlib import Path

from adapters.filesystem.folders import opened
from application.ports.blob_moves import BlobChanged
from application.ports.blob_store import BlobMissing
from domain.errors import Unavailable

CHUNK = 1024 * 1024
CLOSED = -1


def missing(key: str) -> BlobMissing:
    """The error for a key without a blob."""
    return BlobMissing(f"There is no blob {key!r}.")


def etag_of(facts: os.stat_result) -> str:
    """Another one for other bytes."""
    return f"{facts.st_ino:x}-{facts.st_mtime_ns:x}-{facts.st_size:x}"


def facts_of(root: Path, key: str) -> os.stat_result:
    """What the disk knows of a blob; anything that is not a plain file is none."""
    *folders, name = key.split("/")
    try:
        with opened(root, folders) as folder:
            facts = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        raise _or_missing(error, key) from error
    if not stat.S_ISREG(facts.st_mode):
        raise missing(key)
    return facts


class OpenBlob:
    """A range of one blob, read step by step; steps block, one at a time."""

    def __init__(self, root: Path, key: str, start: int, end: int | None, etag: str | None = None) -> None:
        self._root = root
        self._key = key
        self._offset = start
        self._end = end
        self._etag = etag
        self._left = 0
        self._descriptor = CLOSED
        self.done = False

    def step(self) -> bytes:
        """The next bytes; closes itself after the last ones, so that a small blob costs one step."""
        if self._descriptor == CLOSED:
            self._descriptor = self._open()
            facts = os.fstat(self._descriptor)
            if self._etag is not None and self._etag != etag_of(facts):
                raise BlobChanged(f"The blob {self._key!r} has changed.")
            size = facts.st_size
            self._left = max(0, (size if self._end is None else min(self._end, size)) - self._offset)
        chunk = self._next_bytes()
        if not self._left:
            self.close()
        return chunk

    def close(self) -> None:
        """Give the descriptor back."""
        self.done = True
        descriptor, self._descriptor = self._descriptor, CLOSED
        if descriptor != CLOSED:
            os.close(descriptor)

    def _next_bytes(self) -> bytes:
        if not self._left:
            return b""
        chunk = os.pread(self._descriptor, min(CHUNK, self._left), self._offset)
        if not chunk:
            raise Unavailable(f"The blob {self._key!r} is shorter than its disk says.")
        self._offset += len(chunk)
        self._left -= len(chunk)
        return chunk

    def _open(self) -> int:
        *folders, name = self._key.split("/")
        try:
            with opened(self._root, folders) as folder:
                descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        except OSError as error:
            raise _or_missing(error, self._key) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise missing(self._key)
        return descriptor


def _or_missing(error: OSError, key: str) -> Exception:
    absent = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EISDIR, errno.ENXIO}
    return missing(key) if error.errno in absent else error
