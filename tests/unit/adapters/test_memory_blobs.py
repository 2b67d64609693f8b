"""Blobs in memory."""

from datetime import UTC, datetime

import pytest

from adapters.memory.blobs import MemoryBlobs
from application.ports.blob_store import BlobStore
from tests.unit.contracts.blob_store import BlobStoreContract

pytestmark = pytest.mark.anyio


class RunningClock:
    """The time it is."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class TestMemoryBlobs(BlobStoreContract):
    holds_blobs_in_memory = True

    @pytest.fixture
    def store(self) -> MemoryBlobs:
        return MemoryBlobs(RunningClock())

    async def unfinished(self, store: BlobStore) -> int:
        return 0
