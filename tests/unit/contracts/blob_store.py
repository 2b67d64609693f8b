"""What every BlobStore promises."""

import asyncio
import hashlib
import os
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from datetime import UTC, datetime, timedelta

import anyio
import pytest

from application.ports.blob_moves import BlobChanged
from application.ports.blob_store import BlobInfo, BlobMissing, BlobStore
from domain.errors import Invalid

KIB, MIB = 1024, 1024 * 1024
BODY = bytes(range(256)) * 40
AWKWARD = [
    "a b/c d.txt",
    "grüße/日本語/🦊.png",
    "cafe\u0301.jpg",
    "a+b&c=d?e#f%20g.png",
    "semi;colon,comma'quote\"<tag>.bin",
    "~tilde/(round)[square]{curly}|pipe^.x",
    "..hidden/...dots/.dot",
    " leading and trailing ",
    "n" * 255,
    "/".join(["d" * 100] * 10),
]
REFUSED = [
    "",
    "/absolute",
    "..",
    "../outside",
    "a/../../outside",
    "a/./b",
    "a//b",
    "a/",
    "nul\x00byte",
    "line\nbreak",
    "back\\slash",
    "lone\ud800surrogate",
    "n" * 256,
    "a/" * 512 + "b",
]


class Broken(Exception):
    """What a stream raises in these tests."""


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def filler(size: int, *, then: Callable[[], Awaitable[None]] | None = None) -> AsyncIterator[bytes]:
    """Ever different chunks of 64 KiB, and something that happens after them."""
    for number in range(0, size, 64 * KIB):
        yield number.to_bytes(8, "big") * (min(64 * KIB, size - number) // 8)
    if then is not None:
        await then()


async def fail() -> None:
    raise Broken


async def read_all(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def read_into(seen: bytearray, chunks: AsyncIterator[bytes]) -> None:
    """For readings that end badly."""
    async for chunk in chunks:
        seen += chunk


async def keys(found: AsyncIterator[BlobInfo]) -> list[str]:
    return [info.key async for info in found]


async def any_key(key: str) -> bool:
    """Everything in the store is ours."""
    return True


async def put(store: BlobStore, key: str, body: bytes = BODY) -> BlobInfo:
    return await store.put(key, stream(body), content_type="application/octet-stream")


def open_files() -> int:
    return len(os.listdir("/dev/fd"))  # noqa: PTH208 - counts, and closes what it opened for it


@pytest.mark.anyio
class BlobStoreContract:
    """Collected through a subclass with a `store` fixture that gives an empty store; nothing else is needed."""

    # A store that is memory cannot keep a blob out of it.
    holds_blobs_in_memory = False

    async def unfinished(self, store: BlobStore) -> int:
        """How many half-made blobs the store still has out of sight.

        A store with the power `UnfinishedUploads` is asked through it. One that keeps half-made blobs without having
        that power overrides this method.
        """
        drop = getattr(store, "drop_unfinished", None)
        return await drop(datetime.now(UTC) + timedelta(days=1), any_key) if drop else 0

    @pytest.mark.parametrize("chunks", [[], [b""], [b"a"], [b"", b"ab", b"", b"c"], [BODY] * 9, [b"x"] * 3000])
    async def test_gives_back_identical_bytes(self, store: BlobStore, chunks: list[bytes]) -> None:
        info = await store.put("a/b", stream(*chunks), content_type="text/plain", size=len(b"".join(chunks)))
        assert info.size == len(b"".join(chunks))
        assert await read_all(store.read("a/b")) == b"".join(chunks)

    async def test_says_the_same_facts_everywhere(self, store: BlobStore) -> None:
        info = await put(store, "a/b")
        assert (info.key, info.size) == ("a/b", len(BODY))
        assert abs(datetime.now(UTC) - info.modified_at) < timedelta(minutes=1)
        for other in [await store.stat("a/b"), *[found async for found in store.list()]]:
            assert (other.key, other.size, other.etag) == (info.key, info.size, info.etag)
            assert other.modified_at.utcoffset() == timedelta(0)
            assert abs(other.modified_at - info.modified_at) < timedelta(seconds=5)

    @pytest.mark.parametrize("start", [0, 1, 100, len(BODY) - 1, len(BODY), len(BODY) + 7])
    @pytest.mark.parametrize("end", [None, 0, 1, 100, 101, len(BODY) - 1, len(BODY), len(BODY) + 7])
    async def test_reads_ranges_like_slices(self, store: BlobStore, start: int, end: int | None) -> None:
        await put(store, "a")
        assert await read_all(store.read("a", start=start, end=end)) == BODY[start:end]

    async def test_reads_ranges_of_an_empty_blob(self, store: BlobStore) -> None:
        await put(store, "a", b"")
        assert await read_all(store.read("a", start=0, end=10)) == b""
        assert await read_all(store.read("a", start=3)) == b""

    async def test_reads_ranges_across_chunks(self, store: BlobStore) -> None:
        body = await read_all(filler(5 * MIB))
        await put(store, "a", body)
        for start, end in [(0, MIB), (MIB - 1, MIB + 1), (MIB, 3 * MIB), (2 * MIB + 1, None)]:
            assert await read_all(store.read("a", start=start, end=end)) == body[start:end]

    async def test_says_what_is_missing(self, store: BlobStore) -> None:
        await put(store, "there/a")
        for key in ["a", "there", "there/b", "there/a/below", "not/there"]:
            with pytest.raises(BlobMissing):
                await store.stat(key)
            for end in [None, 0, 5]:
                with pytest.raises(BlobMissing):
                    await read_all(store.read(key, end=end))

    async def test_removes_and_is_quiet_about_it(self, store: BlobStore) -> None:
        await put(store, "a/b")
        for _ in range(2):
            await store.remove("a/b")
            with pytest.raises(BlobMissing):
                await store.stat("a/b")
        await store.remove("never/was/there")
        assert await keys(store.list()) == []

    async def test_removing_one_leaves_its_neighbours(self, store: BlobStore) -> None:
        await put(store, "a/b")
        await put(store, "a/c/d")
        await store.remove("a/b")
        await store.remove("a/c")
        assert await keys(store.list()) == ["a/c/d"]

    async def test_overwrites(self, store: BlobStore) -> None:
        first = await put(store, "a", b"first")
        second = await put(store, "a", b"other")
        assert await read_all(store.read("a")) == b"other"
        assert first.etag != second.etag == (await store.stat("a")).etag

    @pytest.mark.parametrize(("start", "end"), [(0, None), (0, 0), (1, 4), (99, None)])
    async def test_reads_only_what_was_looked_at(self, store: BlobStore, start: int, end: int | None) -> None:
        first = await put(store, "a", b"first")
        assert await read_all(store.read("a", start=start, end=end, etag=first.etag)) == b"first"[start:end]
        second = await put(store, "a", b"other")
        with pytest.raises(BlobChanged):
            await read_all(store.read("a", start=start, end=end, etag=first.etag))
        assert await read_all(store.read("a", start=start, end=end, etag=second.etag)) == b"other"[start:end]
        await store.remove("a")
        with pytest.raises(BlobMissing):
            await read_all(store.read("a", start=start, end=end, etag=second.etag))

    async def test_a_reader_sees_old_or_new_bytes_but_no_mixture(self, store: BlobStore) -> None:
        old, new = b"o" * 6 * MIB, b"n" * 6 * MIB
        await put(store, "a", old)
        async with aclosing(store.read("a")) as chunks:  # type: ignore[type-var]
            seen = await anext(chunks)
            await put(store, "a", new)
            seen += await read_all(chunks)
        assert seen in {old, new}
        assert await read_all(store.read("a")) == new

    @pytest.mark.parametrize("key", AWKWARD)
    async def test_takes_awkward_keys(self, store: BlobStore, key: str) -> None:
        info = await put(store, key)
        assert info.key == key
        assert (await store.stat(key)).size == len(BODY)
        assert await read_all(store.read(key, start=1, end=9)) == BODY[1:9]
        assert await keys(store.list(key)) == await keys(store.list()) == [key]
        await store.remove(key)
        assert await keys(store.list()) == []

    @pytest.mark.parametrize("key", REFUSED)
    async def test_refuses_keys_that_leave_the_store(self, store: BlobStore, key: str) -> None:
        with pytest.raises(Invalid):
            await put(store, key)
        with pytest.raises(Invalid):
            await store.stat(key)
        with pytest.raises(Invalid):
            await read_all(store.read(key))
        with pytest.raises(Invalid):
            await store.remove(key)
        assert await keys(store.list()) == []

    @pytest.mark.parametrize("prefix", ["../", "/", "a/../", "a//", "nul\x00", "../x"])
    async def test_refuses_prefixes_that_no_key_has(self, store: BlobStore, prefix: str) -> None:
        with pytest.raises(Invalid):
            await keys(store.list(prefix))

    async def test_lists_by_prefix_in_the_order_of_keys(self, store: BlobStore) -> None:
        every = ["a-b", "a.txt", "a/b-c/d", "a/b/c", "a/bc", "a0", "B", "ab/a", "é/x", "z", "\U0001f98a", "\ufb01"]
        for key in every:
            await put(store, key, key.encode())
        for prefix in ["", "a", "a/", "a/b", "a/b/", "a-", "é", "zz", "a/b/c/"]:
            assert await keys(store.list(prefix)) == sorted(key for key in every if key.startswith(prefix))

    async def test_keeps_listing_while_blobs_come_and_go(self, store: BlobStore) -> None:
        for number in range(10):
            await put(store, f"d{number}/a")
        seen: list[str] = []
        async for info in store.list():
            seen.append(info.key)
            await store.remove(info.key)
        assert seen == [f"d{number}/a" for number in range(10)]

    @pytest.mark.parametrize("size", [0, 1000, 12 * MIB])
    async def test_a_failing_stream_leaves_nothing(self, store: BlobStore, size: int) -> None:
        with pytest.raises(Broken):
            await store.put("a/b", filler(size, then=fail), content_type="image/png")
        assert await keys(store.list()) == []
        assert await self.unfinished(store) == 0

    @pytest.mark.parametrize("size", [1000, 12 * MIB])
    async def test_a_failing_stream_leaves_the_blob_that_was_there(self, store: BlobStore, size: int) -> None:
        before = await put(store, "a/b")
        with pytest.raises(Broken):
            await store.put("a/b", filler(size, then=fail), content_type="image/png")
        assert (await store.stat("a/b")).etag == before.etag
        assert await read_all(store.read("a/b")) == BODY

    @pytest.mark.parametrize("announced", [0, 999, 1001, 12 * MIB])
    async def test_another_size_than_announced_leaves_nothing(self, store: BlobStore, announced: int) -> None:
        with pytest.raises(Invalid):
            await store.put("a", filler(1000), content_type="image/png", size=announced)
        assert await keys(store.list()) == []
        assert await self.unfinished(store) == 0

    @pytest.mark.parametrize("announced", [8 * MIB, 12 * MIB - 1, 12 * MIB + 1, 16 * MIB])
    async def test_another_size_of_a_big_blob_leaves_what_was_there(self, store: BlobStore, announced: int) -> None:
        await put(store, "a")
        with pytest.raises(Invalid):
            await store.put("a", filler(12 * MIB), content_type="image/png", size=announced)
        assert await read_all(store.read("a")) == BODY
        assert await self.unfinished(store) == 0

    @pytest.mark.parametrize("size", [0, 1000, 12 * MIB])
    async def test_cancelling_leaves_nothing(self, store: BlobStore, size: int) -> None:
        with anyio.CancelScope() as scope:

            async def cancel() -> None:
                scope.cancel()
                await anyio.sleep_forever()

            await store.put("a/b", filler(size, then=cancel), content_type="image/png")
        assert scope.cancelled_caught
        assert await keys(store.list()) == []
        assert await self.unfinished(store) == 0

    @pytest.mark.parametrize("size", [1000, 12 * MIB])
    @pytest.mark.parametrize("delay", [0.0, 0.001, 0.01, 0.05])
    async def test_cancelling_a_task_anywhere_leaves_nothing_half_made(
        self, store: BlobStore, size: int, delay: float
    ) -> None:
        await put(store, "a/b")
        task = asyncio.create_task(store.put("a/b", filler(size), content_type="image/png"))  # type: ignore[arg-type]
        await asyncio.sleep(delay)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert await read_all(store.read("a/b")) in {BODY, await read_all(filler(size))}
        assert await self.unfinished(store) == 0

    async def test_puts_of_one_key_end_with_one_of_them(self, store: BlobStore) -> None:
        bodies = [bytes([number]) * (64 * KIB * (number + 1)) for number in range(8)]
        async with anyio.create_task_group() as group:
            for body in bodies:
                group.start_soon(put, store, "same/key", body)
        assert await read_all(store.read("same/key")) in bodies
        assert await keys(store.list()) == ["same/key"]
        assert await self.unfinished(store) == 0

    async def test_puts_and_removals_side_by_side_do_not_disturb_each_other(self, store: BlobStore) -> None:
        async def come_and_go(name: str) -> None:
            for _ in range(25):
                await put(store, f"shared/deep/{name}", name.encode())
                assert await read_all(store.read(f"shared/deep/{name}")) == name.encode()
                await store.remove(f"shared/deep/{name}")

        async with anyio.create_task_group() as group:
            for name in "abcdef":
                group.start_soon(come_and_go, name)
        assert await keys(store.list()) == []

    @pytest.mark.slow
    async def test_big_blobs_pass_in_flat_memory(self, store: BlobStore) -> None:
        size = 96 * MIB
        sent = hashlib.sha256()
        received = hashlib.sha256()

        async def hashed() -> AsyncIterator[bytes]:
            async for chunk in filler(size):
                sent.update(chunk)
                yield chunk

        tracemalloc.start()
        try:
            info = await store.put("big", hashed(), content_type="video/mp4")
            async for chunk in store.read("big"):
                received.update(chunk)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert info.size == size
        assert sent.digest() == received.digest()
        assert peak < 48 * MIB or self.holds_blobs_in_memory

    async def test_closing_a_reading_early_gives_everything_back(self, store: BlobStore) -> None:
        await put(store, "a", b"x" * 4 * MIB)

        async def read_a_little() -> None:
            async with aclosing(store.read("a")) as chunks:  # type: ignore[type-var]
                await anext(chunks)

        await read_a_little()
        before = open_files()
        for _ in range(20):
            await read_a_little()
        assert open_files() <= before

    async def test_a_reading_cancelled_midway_gives_everything_back(self, store: BlobStore) -> None:
        await put(store, "a", b"x" * 4 * MIB)

        async def read_slowly() -> None:
            async with aclosing(store.read("a")) as chunks:  # type: ignore[type-var]
                async for _ in chunks:
                    await asyncio.sleep(0)

        async def cancel_after(delay: float) -> None:
            task = asyncio.create_task(read_slowly())
            await asyncio.sleep(delay)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

        await cancel_after(0.01)
        before = open_files()
        for step in range(20):
            await cancel_after(step / 4000)
        assert open_files() <= before
        assert len(await read_all(store.read("a"))) == 4 * MIB

    async def test_can_be_checked(self, store: BlobStore) -> None:
        await store.check()
        assert await keys(store.list()) == []
        assert await self.unfinished(store) == 0
