"""A backup in a folder, laid out like an installation: it can be started from, and copied with anything."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anyio import to_thread

from adapters.filesystem.backup_mark import is_complete, write_mark
from adapters.filesystem.blobs import SCRATCH, FilesystemBlobs
from adapters.filesystem.errors import translate
from application.ports.backup_folder import BackupFacts, NoBackup

ROWS, BLOBS, MARK = "media_store.db", "media_store", "backup.json"
NEW_ROWS = f"{ROWS}.new"
LIVE = b"\x02\x02"
"""What SQLite writes at byte 18 of a database that we use; snapshots are at rest."""


class FilesystemBackup:
    """Rows in one file, blobs in a folder beside it, and `backup.json`, which says of when they are.

    Who makes a backup holds the folder until it is closed. `of` is the folder whose blobs are copied, if it is one.
    """

    def __init__(self, folder: Path, *, of: Path | None = None) -> None:
        self._folder = folder.absolute()
        self._of = of
        self._held = -1
        self.blobs = FilesystemBlobs(self._folder / BLOBS)

    async def open(self) -> None:
        """Nothing to do before somebody begins."""

    async def close(self) -> None:
        """Let others make backups here."""
        if self._held >= 0:
            os.close(self._held)
        self._held = -1

    async def begin(self) -> Path:
        """Nothing is written into a folder that is not empty and not a backup."""
        await to_thread.run_sync(self._begin)
        return self._folder / NEW_ROWS

    async def finish(self, facts: BackupFacts) -> Path:
        """The rows by renaming, then the word on them."""
        await to_thread.run_sync(self._finish, facts)
        return self._folder / ROWS

    async def complete(self) -> Path:
        """Told by `backup.json`."""
        if not await to_thread.run_sync(self._is_complete):
            raise NoBackup(f"there is no backup in {self._folder}, or none that came to its end")
        return self._folder / ROWS

    def _begin(self) -> None:
        with _translated():
            there = self._names() - {"lost+found"}
            if there and MARK not in there:
                raise NoBackup(f"{self._folder} holds something else than a backup: name an empty folder")
            self._require_apart()
            self._require_no_links()
            self._require_unused()
            self._folder.mkdir(parents=True, exist_ok=True)
            self._hold()
            os.close(os.open(self._folder / MARK, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))

    def _names(self) -> set[str]:
        try:
            return {path.name for path in self._folder.iterdir()}
        except (FileNotFoundError, NotADirectoryError):
            return set()

    def _hold(self) -> None:
        self._held = os.open(self._folder, os.O_RDONLY)
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NoBackup(f"somebody else is making a backup in {self._folder}") from None

    def _require_apart(self) -> None:
        """A backup drops what its rows do not name: in the installation itself that is what came meanwhile."""
        if self._of is None or not self._of.exists():
            return
        blobs = self._folder / BLOBS
        pairs = [(path, self._of) for path in (self._folder, *self._folder.resolve().parents)]
        pairs += [(blobs, path) for path in (self._of, *self._of.resolve().parents)]
        if any(one.exists() and one.samefile(other) for one, other in pairs):
            raise NoBackup(f"{self._folder} lies where the blobs of the installation are: name another folder")

    def _require_no_links(self) -> None:
        """Whoever may write into the folder says what is copied into it, but not what is written elsewhere."""
        ours = sorted(name for name in self._names() if name.startswith((BLOBS, MARK)))
        for path in (self._folder / name for name in (*ours, f"{BLOBS}/{SCRATCH}")):
            if path.is_symlink():
                raise NoBackup(f"{path} is a link, and there are none in a backup: name another folder")

    def _require_unused(self) -> None:
        rows = self._folder / ROWS
        if not rows.is_file():
            return
        with rows.open("rb") as file:
            head = file.read(20)
        if head[18:20] == LIVE:
            raise NoBackup(f"{self._folder} has been started from since it was made: name another folder")

    def _finish(self, facts: BackupFacts) -> None:
        with _translated():
            (self._folder / NEW_ROWS).rename(self._folder / ROWS)
            write_mark(self._folder / MARK, facts)
            _fsync(self._folder)

    def _is_complete(self) -> bool:
        self._require_no_links()
        return is_complete(self._folder / MARK) and (self._folder / ROWS).is_file()


def _fsync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise translate(error) from error
