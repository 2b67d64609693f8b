"""What every store that serves the public itself promises; asked over real HTTP, as a stranger would."""

from application.ports.blob_store import BlobStore
from application.ports.public_blobs import PublicBlobs
from tests.unit.contracts.blob_store import AWKWARD, BODY, keys, put, read_all
from tests.unit.contracts.direct_links import asked


class PublicBlobsContract:
    """Collected through a subclass with the fixtures `store` (empty) and `public` (the same store)."""

    async def test_nobody_reads_before_it_is_published(self, store: BlobStore, public: PublicBlobs) -> None:
        await put(store, "a")
        assert (await asked("GET", public.address("a"))).status == 403

    async def test_everybody_reads_once_it_is(self, store: BlobStore, public: PublicBlobs) -> None:
        await put(store, "before")
        for _ in range(2):
            await public.publish()
        for key in AWKWARD:
            await put(store, key)
        for key in ["before", *AWKWARD]:
            answer = await asked("GET", public.address(key))
            assert (answer.status, answer.body) == (200, BODY), key

    async def test_can_be_the_first_thing_that_happens(self, store: BlobStore, public: PublicBlobs) -> None:
        await public.publish()
        await put(store, "a")
        assert (await asked("GET", public.address("a"))).status == 200

    async def test_nobody_lists_writes_or_removes(self, store: BlobStore, public: PublicBlobs) -> None:
        await put(store, "a")
        await public.publish()
        address = public.address("a")
        bucket = address.removesuffix("/a")
        headers = {"Content-Length": "4"}
        for url in [bucket, f"{bucket}/", f"{bucket}/?list-type=2", f"{bucket}/?uploads", f"{bucket}?policy"]:
            assert (await asked("GET", url)).status == 403, url
        assert (await asked("PUT", address, headers, b"evil")).status == 403
        assert (await asked("PUT", public.address("new"), headers, b"evil")).status == 403
        assert (await asked("POST", f"{address}?uploads", {"Content-Length": "0"})).status == 403
        assert (await asked("DELETE", address)).status == 403
        assert await read_all(store.read("a")) == BODY
        assert await keys(store.list()) == ["a"]
