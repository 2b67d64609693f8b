"""Blobs in memory."""

import pytest

from adapters.memory.blobs import MemoryBlobs
from adapters.system.clock import SystemClock
from application.ports.blob_store import BlobStore
from tests.unit.contracts.blob_store import BlobStoreContract

pytestmark = pytest.mark.anyio


class TestMemoryBlobs(BlobStoreContract):
    holds_blobs_in_memory = True

    @pytest.fixture
    def store(self) -> MemoryBlobs:
        return MemoryBlobs(SystemClock())

    async def unfinished(self, store: BlobStore) -> int:
        return 0
