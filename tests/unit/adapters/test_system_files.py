"""Files of this machine as streams."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.system.files import CHUNK, SystemFiles
from domain.errors import StorageFull
from tests.unit.use_cases.studio import in_pieces

pytestmark = pytest.mark.anyio

FULL = Path("/dev/full")


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
async def test_what_is_written_is_read_again_in_chunks(tmp_path: Path, size: int) -> None:
    body = os.urandom(size)
    await SystemFiles().write(tmp_path / "file", in_pieces(body, 7))
    assert (tmp_path / "file").read_bytes() == body
    chunks = [chunk async for chunk in SystemFiles().read(tmp_path / "file")]
    assert b"".join(chunks) == body
    assert all(0 < len(chunk) <= CHUNK for chunk in chunks)


async def test_writing_again_begins_anew(tmp_path: Path) -> None:
    for body in (b"something long", b"short"):
        await SystemFiles().write(tmp_path / "file", in_pieces(body))
    assert (tmp_path / "file").read_bytes() == b"short"


async def test_what_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await anext(SystemFiles().read(tmp_path / "nothing"))


async def test_a_stream_that_breaks_is_heard_of(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"begun"
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError, match="gone"):
        await SystemFiles().write(tmp_path / "file", broken())


@pytest.mark.skipif(not FULL.exists(), reason="this system has no full disk to offer")
@pytest.mark.parametrize("size", [1, 3 * CHUNK])
async def test_a_full_disk_is_called_so(size: int) -> None:
    with pytest.raises(StorageFull):
        await SystemFiles().write(FULL, in_pieces(b"x" * size))


async def test_nobody_waits_while_files_are_moved(tmp_path: Path) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    await SystemFiles().write(tmp_path / "file", in_pieces(b"x" * 8 * CHUNK, 8))
    during_writing = turns
    async for _ in SystemFiles().read(tmp_path / "file"):
        pass
    task.cancel()
    assert during_writing > 8
    assert turns > during_writing + 8
