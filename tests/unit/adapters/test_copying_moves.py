"""Moves of a store that cannot rename."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.copying.moves import CopyingMoves
from adapters.memory.blobs import MemoryBlobs
from adapters.system.clock import SystemClock
from application.ports.blob_store import BlobInfo
from tests.unit.contracts.blob_moves import BlobMovesContract
from tests.unit.contracts.blob_store import keys, put, read_all

pytestmark = pytest.mark.anyio


class Copying(MemoryBlobs):
    """A store whose own way of moving is not used."""

    async def move(self, source: str, to: str, **how: Any) -> BlobInfo:
        return await CopyingMoves(self).move(source, to, **how)


class Interrupted(MemoryBlobs):
    """A store into which another writer puts new bytes while a copy is being written."""

    async def put(self, key: str, chunks: AsyncIterator[bytes], **how: Any) -> BlobInfo:
        info = await super().put(key, chunks, **how)
        if key == "b":
            await put(self, "a", b"newer")
        return info


class TestCopyingMoves(BlobMovesContract):
    @pytest.fixture
    def store(self) -> Copying:
        return Copying(SystemClock())


async def test_what_replaced_the_source_meanwhile_stays() -> None:
    store = Interrupted(SystemClock())
    await put(store, "a", b"older")
    await CopyingMoves(store).move("a", "b")
    assert await keys(store.list()) == ["a", "b"]
    assert await read_all(store.read("a")) == b"newer"
    assert await read_all(store.read("b")) == b"older"
