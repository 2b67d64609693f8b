"""Blobs in memory."""

import pytest

from adapters.memory.blobs import MemoryBlobs
from adapters.system.clock import SystemClock
from tests.unit.contracts.blob_moves import BlobMovesContract
from tests.unit.contracts.blob_store import BlobStoreContract


@pytest.fixture
def store() -> MemoryBlobs:
    return MemoryBlobs(SystemClock())


class TestMemoryBlobs(BlobStoreContract):
    holds_blobs_in_memory = True


class TestMemoryMoves(BlobMovesContract):
    pass
