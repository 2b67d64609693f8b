"""Copies of a SQLite database, by SQLite's own online backup."""

import os
import shutil
import sqlite3
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from anyio import to_thread

from adapters.sql.database import SqlDatabase
from adapters.sql.file_batches import SqlFileBatches
from adapters.sql.migrate import migrate
from application.ports.files import FileBatches
from application.ports.snapshots import DatabaseThere
from domain.errors import StorageFull, Unavailable

BESIDES = ("-wal", "-shm", "-journal")
WAIT = 10.0
MAGIC = b"SQLite format 3\0"
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
MODE = 0o600
"""Hashes of passwords are in it, whatever the mask of the process."""


class SqliteSnapshots:
    """A snapshot is a database that needs no file beside it, since it is not in the mode of one in use."""

    def __init__(self, database: Path, migrate: Callable[[str], object] = migrate) -> None:
        self._database = database
        self._migrate = migrate

    async def take(self, to: Path) -> None:
        """Within one read, so that writers neither wait nor are waited for."""
        await to_thread.run_sync(_copy, self._database, to)

    @asynccontextmanager
    async def files_in(self, snapshot: Path) -> AsyncIterator[FileBatches]:
        """Opened to be read, and nothing else."""
        database = SqlDatabase(_url(snapshot), at_rest=True)
        await database.open()
        try:
            await _check(database, snapshot)
            yield SqlFileBatches(database)
        finally:
            await database.close()

    async def check_vacant(self) -> None:
        """Not even a journal: SQLite would take it for one of the database that is put there."""
        for path in (self._database, *_besides(self._database)):
            if path.exists():
                told = "stop what uses it and move it away, or name another DATA_DIR"
                raise DatabaseThere(f"there is a database already ({path}): {told}")

    async def stage(self, snapshot: Path) -> Path:
        """Under a name that nobody takes for the database."""
        staged = self._database.with_name(f"{self._database.name}.restoring")
        await to_thread.run_sync(self._stage, snapshot, staged)
        return staged

    async def put_back(self, staged: Path) -> None:
        """By renaming."""
        await self.check_vacant()
        await to_thread.run_sync(_rename, staged, self._database)

    def _stage(self, snapshot: Path, staged: Path) -> None:
        try:
            _bring(snapshot, staged)
            with _translated():
                self._migrate(_url(staged))
            _seal(staged)
        except BaseException:
            _remove(staged)
            raise
        finally:
            staged.with_name(f"{staged.name}.migrate.lock").unlink(missing_ok=True)


async def _check(database: SqlDatabase, snapshot: Path) -> None:
    try:
        await database.check()
    except Unavailable as error:
        told = "a backup made by an older program can be restored, which brings it up to date"
        raise Unavailable(f"{snapshot} cannot be looked into: {error.detail} ({told})") from error


def _copy(database: Path, to: Path) -> None:
    if not database.exists():
        raise Unavailable(f"there is no database at {database}")
    _remove(to)
    os.close(os.open(to, NEW, MODE))
    with _translated(), closing(sqlite3.connect(database, timeout=WAIT)) as live, closing(sqlite3.connect(to)) as copy:
        live.backup(copy)
    _seal(to)


def _bring(snapshot: Path, staged: Path) -> None:
    staged.parent.mkdir(parents=True, exist_ok=True)
    _remove(staged)
    with _plain_file(snapshot) as source, os.fdopen(os.open(staged, NEW, MODE), "wb") as target:
        if source.read(len(MAGIC)) != MAGIC:
            raise Unavailable(f"{snapshot} is no SQLite database")
        source.seek(0)
        shutil.copyfileobj(source, target)


@contextmanager
def _plain_file(path: Path) -> Iterator[BinaryIO]:
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise Unavailable(f"{path} is no plain file")
        yield file


def _seal(path: Path) -> None:
    """Everything in the one file, and that on the disk."""
    with _translated(), closing(sqlite3.connect(path, timeout=WAIT)) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    if mode != "delete":
        raise Unavailable(f"somebody else uses {path}")
    _fsync(path, os.O_RDWR)


def _rename(staged: Path, database: Path) -> None:
    with _translated():
        staged.rename(database)
        _fsync(database.parent, os.O_RDONLY)


def _remove(path: Path) -> None:
    for each in (path, *_besides(path)):
        each.unlink(missing_ok=True)


def _besides(path: Path) -> list[Path]:
    return [path.with_name(f"{path.name}{ending}") for ending in BESIDES]


def _fsync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _url(path: Path) -> str:
    return f"sqlite:///{path}"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL":
            raise StorageFull("there is no room for a copy of the database") from error
        raise Unavailable(f"the database cannot be copied: {error}") from error
