"""The disks of this machine, and the one of tests."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.memory.disk import MemoryDisk
from adapters.system import disk as system
from adapters.system.disk import ReservedDisk
from application.ports.disk import Disk
from domain.errors import StorageFull
from tests.unit.contracts.disk import DiskContract

pytestmark = pytest.mark.anyio

GIB = 1 << 30


def free_on(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


class TestMemoryDisk(DiskContract):
    @pytest.fixture
    def disk_with(self) -> Callable[[int | None], Disk]:
        return MemoryDisk


class TestReservedDisk(DiskContract):
    @pytest.fixture
    def disk_with(self, tmp_path: Path) -> Callable[[int | None], Disk]:
        def make(free: int | None) -> Disk:
            return ReservedDisk([], 0) if free is None else ReservedDisk([tmp_path], free_on(tmp_path) - free)

        return make


async def test_the_fullest_disk_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    full = os.statvfs(tmp_path)

    def looked_at(path: Path) -> os.statvfs_result:
        return os.statvfs_result([*full[:4], 0 if path == small else full.f_blocks, *full[5:]])

    for folder in (small, large):
        folder.mkdir()
    monkeypatch.setattr(system.os, "statvfs", looked_at)
    await ReservedDisk([large], 1).require_free(0)
    with pytest.raises(StorageFull, match="MIN_FREE_DISK"):
        await ReservedDisk([large, small], 1).require_free(0)


@pytest.mark.parametrize(("size", "reserve"), [(10 * GIB, GIB), (1000 * GIB, 20 * GIB)])
async def test_the_usual_reserve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, reserve: int) -> None:
    block = 4096

    def with_free(free: int) -> None:
        made = os.statvfs_result([block, block, size // block, free // block, free // block, 0, 0, 0, 0, 255])
        monkeypatch.setattr(system.os, "statvfs", lambda _: made)

    with_free(reserve)
    await ReservedDisk([tmp_path]).require_free(0)
    with pytest.raises(StorageFull):
        await ReservedDisk([tmp_path]).require_free(block)
    with_free(reserve - block)
    with pytest.raises(StorageFull):
        await ReservedDisk([tmp_path]).require_free(0)


async def test_a_folder_that_is_not_there_yet_lies_where_the_one_above_it_does(tmp_path: Path) -> None:
    await ReservedDisk([tmp_path / "a" / "b"], 1).require_free(0)
    await ReservedDisk([Path("no") / "such" / "folder"], 1).require_free(0)
