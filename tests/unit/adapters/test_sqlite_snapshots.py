"""Copies of a SQLite database: of one moment, whole, and never put where another one is."""

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.sql.migrate import migrate, migrations_folder
from adapters.sql.snapshots import SqliteSnapshots
from application.ports.snapshots import DatabaseThere
from domain.errors import Unavailable
from tests.unit.contracts.things import project

pytestmark = pytest.mark.anyio


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "media_store.db"
    migrate(f"sqlite:///{path}")
    return path


def rows(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def write(path: Path, body: bytes) -> None:
    path.write_bytes(body)


def secrets_added(path: Path, over: threading.Event, added: list[int]) -> None:
    """Two rows in each transaction, one after the other."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as connection:
        while not over.is_set():
            connection.execute("BEGIN IMMEDIATE")
            for side in "ab":
                name = f"{len(added)}{side}"
                connection.execute("INSERT INTO installation_secrets (name, secret) VALUES (?, ?)", (name, "x" * 500))
            connection.execute("COMMIT")
            added.append(1)


async def test_a_copy_is_of_one_moment_and_nobody_waits_for_it(database: Path, tmp_path: Path) -> None:
    over, added = threading.Event(), list[int]()
    writing = threading.Thread(target=secrets_added, args=(database, over, added))
    writing.start()
    try:
        for number in range(10):
            before = len(added)
            copy = tmp_path / f"copy {number}"
            await SqliteSnapshots(database).take(copy)
            found = rows(copy, "installation_secrets")
            assert found % 2 == 0
            assert found >= 2 * before
    finally:
        over.set()
        writing.join()
    assert added, "nobody wrote anything meanwhile"


async def test_a_copy_is_one_file_and_stays_so_when_it_is_read(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    snapshots, copy = SqliteSnapshots(database), folder / "copy.db"
    await snapshots.take(copy)
    before = copy.read_bytes()
    async with snapshots.files_in(copy) as files:
        assert await files.every(after=None, limit=1) == []
    assert [path.name for path in folder.iterdir()] == ["copy.db"]
    assert copy.read_bytes() == before


async def test_without_a_database_there_is_no_copy(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no database"):
        await SqliteSnapshots(tmp_path / "media_store.db").take(tmp_path / "copy")
    assert names_in(tmp_path) == []


async def test_what_is_no_database_is_told(database: Path, tmp_path: Path) -> None:
    write(database, b"no database at all" * 1000)
    with pytest.raises(Unavailable):
        await SqliteSnapshots(database).take(tmp_path / "copy")
    strange = tmp_path / "strange"
    write(strange, b"neither is this" * 1000)
    with pytest.raises(Unavailable, match="cannot be looked into"):
        async with SqliteSnapshots(database).files_in(strange):
            pass


@pytest.mark.parametrize("name", ["media_store.db", "media_store.db-wal", "media_store.db-journal"])
async def test_where_a_database_or_what_is_left_of_one_lies_no_other_is_put(
    database: Path, tmp_path: Path, name: str
) -> None:
    copy, place = tmp_path / "copy", tmp_path / "new"
    await SqliteSnapshots(database).take(copy)
    place.mkdir()
    snapshots = SqliteSnapshots(place / "media_store.db")
    await snapshots.check_vacant()
    staged = await snapshots.stage(copy)
    (place / name).write_bytes(b"")
    with pytest.raises(DatabaseThere, match=name):
        await snapshots.check_vacant()
    with pytest.raises(DatabaseThere, match=name):
        await snapshots.put_back(staged)
    (place / name).unlink()
    await snapshots.put_back(staged)
    assert [path.name for path in place.iterdir()] == ["media_store.db"]
    assert rows(place / "media_store.db", "schema_info") == 1


async def test_an_older_copy_is_brought_up_to_date(tmp_path: Path) -> None:
    older = tmp_path / "migrations"
    shutil.copytree(migrations_folder(), older)
    for path in older.glob("*/*.sql"):
        if path.name >= "0009":
            path.unlink()
    migrate(f"sqlite:///{tmp_path / 'old.db'}", older)
    snapshots = SqliteSnapshots(tmp_path / "new" / "media_store.db")
    with pytest.raises(Unavailable, match="older program can be restored"):
        async with snapshots.files_in(tmp_path / "old.db"):
            pass
    staged = await snapshots.stage(tmp_path / "old.db")
    async with snapshots.files_in(staged) as files:
        assert await files.known([str(project().id)]) == frozenset()


@pytest.fixture
def careless() -> Iterator[None]:
    """A mask that hides nothing from anybody."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("careless")
async def test_copies_are_nobody_elses_to_read(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    await SqliteSnapshots(database).take(copy)
    staged = await SqliteSnapshots(tmp_path / "new" / "media_store.db").stage(copy)
    assert [path.stat().st_mode & 0o777 for path in (copy, staged)] == [0o600, 0o600]


async def test_a_copy_replaces_a_link_and_does_not_follow_it(database: Path, tmp_path: Path) -> None:
    victim, copy = tmp_path / "victim", tmp_path / "copy"
    write(victim, b"kept")
    copy.symlink_to(victim)
    await SqliteSnapshots(database).take(copy)
    assert victim.read_bytes() == b"kept"
    assert rows(copy, "schema_info") == 1


async def test_a_link_is_not_staged(database: Path, tmp_path: Path) -> None:
    snapshots = SqliteSnapshots(tmp_path / "new" / "media_store.db")
    (tmp_path / "link").symlink_to(database)
    with pytest.raises(OSError, match="symbolic link"):
        await snapshots.stage(tmp_path / "link")
    assert names_in(tmp_path / "new") == []


@pytest.mark.parametrize("body", [b"", b"SQLite", b"no database" * 1000, b"SQLite format 3\0" + b"x" * 8000])
async def test_what_is_no_database_is_not_staged(tmp_path: Path, body: bytes) -> None:
    write(tmp_path / "strange", body)
    snapshots = SqliteSnapshots(tmp_path / "new" / "media_store.db")
    with pytest.raises(Unavailable, match="database"):
        await snapshots.stage(tmp_path / "strange")
    assert names_in(tmp_path / "new") == []
