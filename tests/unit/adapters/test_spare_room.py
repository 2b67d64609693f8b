"""Room beside a SQLite database for the time when the disk is full."""

import os
from pathlib import Path

import pytest

from adapters.sql import spare_room
from adapters.sql.database import SqlDatabase
from adapters.sql.migrate import migrate
from adapters.sql.spare_room import FULL_BELOW, ROOMY_FROM, SIZE, SpareRoom

pytestmark = pytest.mark.anyio


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How much the disk says is free."""
    told, real = {"bytes": 1 << 40}, os.statvfs

    def looked_at(path: Path) -> os.statvfs_result:
        disk = list(real(path))
        disk[4] = told["bytes"] // disk[1]
        return os.statvfs_result(disk)

    monkeypatch.setattr(spare_room.os, "statvfs", looked_at)
    return told


def test_it_is_held_where_there_is_plenty_and_let_go_when_the_disk_is_full(
    tmp_path: Path, free: dict[str, int]
) -> None:
    spare, file = SpareRoom(tmp_path / "a.db"), tmp_path / "a.db-spare"
    for room, there in (
        (ROOMY_FROM, True),
        (FULL_BELOW + 4096, True),
        (FULL_BELOW - 4096, False),
        (ROOMY_FROM - 4096, False),
        (ROOMY_FROM, True),
    ):
        free["bytes"] = room
        spare.hold()
        spare.let_go_if_full()
        assert file.exists() is there, room
    assert file.stat().st_size == SIZE
    assert file.stat().st_blocks * 512 >= SIZE
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_is_no_error(tmp_path: Path, free: dict[str, int]) -> None:
    nowhere = SpareRoom(tmp_path / "no" / "a.db")
    nowhere.hold()
    free["bytes"] = 0
    nowhere.let_go_if_full()
    SpareRoom(tmp_path / "a.db").let_go_if_full()


@pytest.mark.parametrize("way", ["transaction", "single"])
async def test_the_database_lets_it_go_before_it_writes(tmp_path: Path, free: dict[str, int], way: str) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    migrate(url)
    database = SqlDatabase(url)
    await database.open()
    try:
        await database.check()
        assert (tmp_path / "a.db-spare").exists()
        free["bytes"] = 0
        async with getattr(database, way)():
            assert not (tmp_path / "a.db-spare").exists()
    finally:
        await database.close()
