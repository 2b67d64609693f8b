"""A store whose failures are counted is a store like any other."""

from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest

from adapters.filesystem.blobs import FilesystemBlobs
from adapters.measured.blobs import MeasuredBlobs, MeasuredLocalPaths, MeasuredMoves
from adapters.memory.blobs import MemoryBlobs
from adapters.memory.measures import MemoryMeasures
from adapters.system.clock import SystemClock
from application.ports.blob_moves import BlobMoves
from application.ports.blob_store import BlobMissing, BlobStore
from application.ports.local_paths import LocalPaths
from application.ports.measures import Dependency
from domain.errors import Invalid, StorageFull, Unavailable
from tests.unit.adapters.blob_calls import LOCAL, MOVES, STORE
from tests.unit.adapters.recorder import require_passed_on

pytestmark = pytest.mark.anyio


async def test_everything_is_passed_on() -> None:
    for port, calls, decorator in (
        (BlobStore, STORE, MeasuredBlobs),
        (BlobMoves, MOVES, MeasuredMoves),
        (LocalPaths, LOCAL, MeasuredLocalPaths),
    ):
        await require_passed_on(port, calls, lambda inner, decorator=decorator: decorator(inner, MemoryMeasures()))  # type: ignore[misc]


async def some(*chunks: bytes | Exception) -> AsyncIterator[bytes]:
    for chunk in chunks:
        if isinstance(chunk, Exception):
            raise chunk
        yield chunk


class Broken(MemoryBlobs):
    """Nothing of it works."""

    error: Exception = Unavailable("gone")

    async def put(self, *_: object, **__: object) -> object:  # type: ignore[override]
        raise self.error

    async def read(self, *_: object, **__: object) -> AsyncGenerator[bytes, None]:
        yield b"half"
        raise self.error

    async def stat(self, key: str) -> object:  # type: ignore[override]
        raise self.error

    async def check(self) -> None:
        raise self.error


@pytest.fixture
def measures() -> MemoryMeasures:
    return MemoryMeasures()


@pytest.mark.parametrize("error", [Unavailable("gone"), StorageFull("full"), OSError("EIO")])
async def test_failures_are_counted_by_operation_and_raised(measures: MemoryMeasures, error: Exception) -> None:
    broken = Broken(SystemClock())
    broken.error = error
    store = MeasuredBlobs(broken, measures)
    with pytest.raises(type(error)):
        await store.put("a", some(b"x"), content_type="text/plain")
    with pytest.raises(type(error)):
        [chunk async for chunk in store.read("a")]
    for operation in (store.stat("a"), store.check()):
        with pytest.raises(type(error)):
            await operation
    assert measures.failures == {(Dependency.STORE, name): 1 for name in ("put", "read", "stat", "check")}


async def test_what_is_refused_or_missing_or_the_clients_fault_is_no_failure(measures: MemoryMeasures) -> None:
    store = MeasuredBlobs(MemoryBlobs(SystemClock()), measures)
    with pytest.raises(BlobMissing):
        [chunk async for chunk in store.read("nothing")]
    with pytest.raises(Invalid):
        await store.put("../out", some(b"x"), content_type="text/plain")
    with pytest.raises(RuntimeError):
        await store.put("a", some(b"x", RuntimeError("the client left")), content_type="text/plain")
    await store.put("a", some(b"x", b"y"), content_type="text/plain")
    reading = store.read("a")
    await anext(reading)
    await reading.aclose()
    assert not measures.failures


async def test_a_disk_of_this_machine_is_watched_too(measures: MemoryMeasures, tmp_path: Path) -> None:
    local = FilesystemBlobs(tmp_path / "blobs")
    paths = MeasuredLocalPaths(local, measures)
    (made := paths.scratch() / "made").write_bytes(b"made")
    await paths.adopt(made, "a/b")
    assert (await paths.locate("a/b")).read_bytes() == b"made"
    with pytest.raises(BlobMissing):
        await paths.locate("c")
    assert not measures.failures
