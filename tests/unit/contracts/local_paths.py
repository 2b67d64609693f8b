"""What every store that is a local disk promises besides."""

from pathlib import Path
from typing import Protocol

import pytest

from application.ports.blob_store import BlobMissing, BlobStore
from application.ports.local_paths import LocalPaths
from domain.errors import Invalid
from tests.unit.contracts.blob_store import BODY, REFUSED, keys, put, read_all


class LocalStore(BlobStore, LocalPaths, Protocol):
    """A store with this power."""


@pytest.mark.anyio
class LocalPathsContract:
    """Collected through a subclass with a `store` fixture that gives an empty store."""

    def draft(self, store: LocalStore, body: bytes = BODY) -> Path:
        path = store.scratch() / "draft"
        path.write_bytes(body)
        return path

    async def test_locates_the_file_of_a_blob(self, store: LocalStore) -> None:
        await put(store, "a/b")
        assert (await store.locate("a/b")).read_bytes() == BODY

    async def test_locates_nothing_else(self, store: LocalStore) -> None:
        await put(store, "a/b")
        for key in ["a", "a/c", "c"]:
            with pytest.raises(BlobMissing):
                await store.locate(key)
        for key in REFUSED:
            with pytest.raises(Invalid):
                await store.locate(key)

    async def test_adopts_a_finished_file(self, store: LocalStore) -> None:
        path = self.draft(store)
        info = await store.adopt(path, "a/b")
        assert info == await store.stat("a/b")
        assert await read_all(store.read("a/b")) == BODY
        assert not path.exists()

    async def test_adopting_replaces_as_one_step(self, store: LocalStore) -> None:
        before = await put(store, "a/b", b"old")
        after = await store.adopt(self.draft(store, b"new"), "a/b")
        assert before.etag != after.etag
        assert await read_all(store.read("a/b")) == b"new"

    async def test_what_cannot_be_adopted_stays_where_it_was(self, store: LocalStore) -> None:
        path = self.draft(store)
        for key in REFUSED:
            with pytest.raises(Invalid):
                await store.adopt(path, key)
        assert path.read_bytes() == BODY
        assert await keys(store.list()) == []

    async def test_files_in_scratch_are_no_blobs(self, store: LocalStore) -> None:
        self.draft(store)
        assert await keys(store.list()) == []
