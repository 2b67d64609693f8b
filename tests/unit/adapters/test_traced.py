"""What is watched for traces keeps all its promises."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.filesystem.blobs import FilesystemBlobs
from adapters.memory.examiner import MemoryExaminer
from adapters.memory.traces import MemoryTraces
from adapters.memory.transformer import MemoryTransformer
from adapters.traced.blobs import TracedBlobs, TracedLocalPaths, TracedMoves
from adapters.traced.decoders import TracedExaminer, TracedTransformer
from adapters.traced.store import TracedStore
from domain.image_headers.budget import DecodeLimits
from tests.unit.adapters.test_memory_store import rooms as memory_rooms
from tests.unit.contracts.blob_moves import BlobMovesContract
from tests.unit.contracts.blob_store import BlobStoreContract
from tests.unit.contracts.image_transformer import ImageTransformerPromises
from tests.unit.contracts.local_paths import LocalPathsContract
from tests.unit.contracts.media_examiner import MediaExaminerContract
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.store import collected

__all__ = ["memory_rooms"]

pytestmark = pytest.mark.anyio

globals().update(collected("Traced"))


class Watched:
    """Every power of a store on a disk, each watched."""

    def __init__(self, root: Path) -> None:
        self.plain, traces = FilesystemBlobs(root), MemoryTraces()
        parts = TracedBlobs(self.plain, traces), TracedMoves(self.plain, traces), TracedLocalPaths(self.plain, traces)
        self._parts = (*parts, self.plain)

    def __getattr__(self, name: str) -> Any:
        return next(getattr(part, name) for part in self._parts if hasattr(part, name))


@pytest.fixture
def store(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "blobs")


@pytest.fixture
def transformer() -> TracedTransformer:
    return TracedTransformer(MemoryTransformer(), MemoryTraces())


@pytest.fixture
def frugal() -> TracedTransformer:
    return TracedTransformer(MemoryTransformer(DecodeLimits(max_pixels=1_000_000)), MemoryTraces())


@pytest.fixture
def rooms(memory_rooms: Rooms) -> Rooms:
    return replace(memory_rooms, store=TracedStore(memory_rooms.store, MemoryTraces()))


class TestTracedBlobs(BlobStoreContract):
    async def unfinished(self, store: Watched) -> int:  # type: ignore[override]
        return len(list(store.plain.scratch().iterdir()))


class TestTracedPaths(LocalPathsContract):
    pass


class TestTracedMoves(BlobMovesContract):
    pass


class TestTracedTransformer(ImageTransformerPromises):
    """Only the promises: it has no pixels."""


class TestTracedExaminer(MediaExaminerContract):
    @pytest.fixture
    def examiner(self) -> TracedExaminer:
        return TracedExaminer(MemoryExaminer(), MemoryTraces())
