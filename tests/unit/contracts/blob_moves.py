"""What every store promises about moving a blob."""

import asyncio
from datetime import UTC, datetime
from typing import Protocol

import pytest

from application.ports.blob_moves import BlobChanged, BlobMoves
from application.ports.blob_store import BlobInfo, BlobMissing, BlobStore
from domain.errors import Invalid
from tests.unit.contracts.blob_store import BODY, REFUSED, keys, put, read_all


class MovingStore(BlobStore, BlobMoves, Protocol):
    """A store with this power."""


@pytest.mark.anyio
class BlobMovesContract:
    """Collected through a subclass with a `store` fixture that gives an empty store."""

    async def test_the_bytes_lie_under_the_other_key_and_nowhere_else(self, store: MovingStore) -> None:
        await put(store, "in/a b")
        info = await store.move("in/a b", "out/2026/🦊.jpg")
        assert info == await store.stat("out/2026/🦊.jpg")
        assert info.size == len(BODY)
        assert await keys(store.list()) == ["out/2026/🦊.jpg"]
        assert await read_all(store.read(info.key)) == BODY

    async def test_what_lay_there_is_replaced(self, store: MovingStore) -> None:
        await put(store, "a", b"new")
        await put(store, "b", b"older")
        await store.move("a", "b")
        assert await read_all(store.read("b")) == b"new"
        assert await keys(store.list()) == ["b"]

    async def test_nothing_cannot_be_moved(self, store: MovingStore) -> None:
        await put(store, "b/kept")
        for source in ["a", "b"]:
            with pytest.raises(BlobMissing):
                await store.move(source, "c")
        assert await keys(store.list()) == ["b/kept"]

    async def test_moving_onto_itself_changes_nothing(self, store: MovingStore) -> None:
        before = await put(store, "a/b")
        assert await store.move("a/b", "a/b", etag=before.etag) == await store.stat("a/b")
        assert (await store.stat("a/b")).etag == before.etag
        assert await read_all(store.read("a/b")) == BODY

    async def test_moves_what_was_looked_at(self, store: MovingStore) -> None:
        info = await put(store, "a")
        moved = await store.move("a", "b", etag=info.etag)
        assert (moved.key, moved.size) == ("b", info.size)

    async def test_moves_as_another_type(self, store: MovingStore) -> None:
        info = await put(store, "a")
        moved = await store.move("a", "b", etag=info.etag, content_type="image/png")
        assert moved == await store.stat("b")
        assert await read_all(store.read("b")) == BODY

    async def test_moves_nothing_else(self, store: MovingStore) -> None:
        looked_at = await put(store, "a", b"first")
        await put(store, "a", b"other")
        for to in ["b", "a"]:
            with pytest.raises(BlobChanged):
                await store.move("a", to, etag=looked_at.etag)
        assert await keys(store.list()) == ["a"]
        assert await read_all(store.read("a")) == b"other"

    async def test_many_who_move_the_same_at_once_find_it_there_or_moved_never_changed(
        self, store: MovingStore
    ) -> None:
        for number in range(10):
            info = await put(store, "a")
            moves = [store.move("a", f"b{number}", etag=info.etag) for _ in range(8)]
            ends = await asyncio.gather(*moves, return_exceptions=True)
            assert {type(end) for end in ends} <= {BlobInfo, BlobMissing}, ends
            assert any(isinstance(end, BlobInfo) for end in ends)
            assert await read_all(store.read(f"b{number}")) == BODY

    async def test_what_was_moved_is_young(self, store: MovingStore) -> None:
        await put(store, "a")
        info = await store.move("a", "b")
        assert abs((info.modified_at - datetime.now(UTC)).total_seconds()) < 60

    async def test_keys_that_no_store_takes(self, store: MovingStore) -> None:
        await put(store, "a")
        for key in REFUSED:
            with pytest.raises(Invalid):
                await store.move("a", key)
            with pytest.raises(Invalid):
                await store.move(key, "b")
        assert await keys(store.list()) == ["a"]
