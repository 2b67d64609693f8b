"""What every store that serves the public itself promises; asked over real HTTP, as a stranger would."""

from datetime import date
from uuid import UUID

import pytest

from application.ports.blob_store import BlobStore
from application.ports.public_blobs import PublicBlobs
from domain.object_keys import arrival_key, curated_key, file_key, incoming_key, original_key, private_key, variant_key
from tests.unit.contracts.blob_store import AWKWARD, BODY, keys, put, read_all
from tests.unit.contracts.direct_links import asked

PROJECT, FILE = UUID(int=1), UUID(int=2)
SLUGS = ("shop", "a-shop-with-many-words", "files", "images", "2024", "incoming")
A = file_key("shop", PROJECT, FILE, "png")
KEPT = [
    key
    for slug in SLUGS
    for key in (
        file_key(slug, PROJECT, FILE, "pdf"),
        original_key(slug, PROJECT, FILE, "png"),
        variant_key(slug, PROJECT, "thumbnail", FILE, "webp"),
        variant_key(slug, PROJECT, "incoming", FILE, "webp", "0123456789abcdef"),
        curated_key(slug, PROJECT, date(2024, 5, 6), "0" * 32, "jpg"),
    )
]
APART = [private_key(key) for key in KEPT]
ARRIVING = [incoming_key(FILE), *(arrival_key(slug, PROJECT, FILE, "png") for slug in SLUGS)]


@pytest.mark.anyio
class PublicBlobsContract:
    """Collected through a subclass with the fixtures `store` (empty) and `public` (the same store)."""

    async def test_nobody_reads_before_it_is_published(self, store: BlobStore, public: PublicBlobs) -> None:
        await put(store, A)
        assert (await asked("GET", public.address(A))).status == 403

    async def test_everybody_reads_once_it_is(self, store: BlobStore, public: PublicBlobs) -> None:
        await put(store, A)
        for _ in range(2):
            await public.publish()
        awkward = [f"p/files/{key}" for key in AWKWARD]
        for key in [*KEPT, *awkward]:
            await put(store, key)
        for key in [A, *KEPT, *awkward]:
            answer = await asked("GET", public.address(key))
            assert (answer.status, answer.body) == (200, BODY), key

    async def test_what_has_just_come_in_or_lies_apart_is_ours(self, store: BlobStore, public: PublicBlobs) -> None:
        await public.publish()
        for key in [*ARRIVING, *APART]:
            await put(store, key)
            assert (await asked("GET", public.address(key))).status == 403, key
            assert await read_all(store.read(key)) == BODY

    async def test_can_be_the_first_thing_that_happens(self, store: BlobStore, public: PublicBlobs) -> None:
        await public.publish()
        await put(store, A)
        assert (await asked("GET", public.address(A))).status == 200

    async def test_nobody_lists_writes_or_removes(self, store: BlobStore, public: PublicBlobs) -> None:
        await put(store, A)
        await public.publish()
        address = public.address(A)
        bucket = address.removesuffix(f"/{A}")
        headers = {"Content-Length": "4"}
        for url in [bucket, f"{bucket}/", f"{bucket}/?list-type=2", f"{bucket}/?uploads", f"{bucket}?policy"]:
            assert (await asked("GET", url)).status == 403, url
        assert (await asked("PUT", address, headers, b"evil")).status == 403
        assert (await asked("PUT", public.address(f"{A}.new"), headers, b"evil")).status == 403
        assert (await asked("POST", f"{address}?uploads", {"Content-Length": "0"})).status == 403
        assert (await asked("DELETE", address)).status == 403
        assert await read_all(store.read(A)) == BODY
        assert await keys(store.list()) == [A]
