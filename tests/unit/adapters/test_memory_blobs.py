"""Blobs in memory."""

import pytest

from adapters.memory.blobs import MemoryBlobs
from adapters.system.clock import SystemClock
from application.ports.blob_store import BlobStore
from tests.unit.contracts.blob_moves import BlobMovesContract
from tests.unit.contracts.blob_store import BlobStoreContract

pytestmark = pytest.mark.anyio


@pytest.fixture
def store() -> MemoryBlobs:
    return MemoryBlobs(SystemClock())


class TestMemoryBlobs(BlobStoreContract):
    holds_blobs_in_memory = True

    async def unfinished(self, store: BlobStore) -> int:
        return 0


class TestMemoryMoves(BlobMovesContract):
    pass
