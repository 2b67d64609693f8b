"""A source of very many objects is gone through in little memory."""

import os
import tracemalloc
from pathlib import Path
from uuid import uuid4

import pytest

from adapters.filesystem.source import FilesystemSource

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
MANY = 30_000
LITTLE = 5 << 20


async def test_tens_of_thousands_of_objects_take_bounded_memory(tmp_path: Path) -> None:
    folder = tmp_path / "all in one folder"
    folder.mkdir()
    first = folder / "film-0000000.mp4"
    first.write_bytes(b"x")
    # Names of one file: what is listed are names, and a disk makes them faster than files.
    for number in range(1, MANY):
        os.link(first, folder / f"film-{number:07}.mp4") if number % 20_000 else (first := _another(folder, number))
    source, seen, last = FilesystemSource(folder), 0, ""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        async for found in source.list():
            assert found.key > last, "in order, so that none is told twice"
            seen, last = seen + 1, found.key
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert seen == MANY
    assert peak < LITTLE, f"{peak / (1 << 20):.1f} MiB"


def _another(folder: Path, number: int) -> Path:
    """A file may have only so many names."""
    path = folder / f"film-{number:07}.mp4"
    path.write_bytes(uuid4().bytes)
    return path
