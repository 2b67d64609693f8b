"""Blobs in a real S3 store."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import anyio
import pytest

from adapters.minio import blobs as adapter
from adapters.minio import moving
from adapters.minio.blobs import MinioBlobs
from adapters.minio.browsers import MinioBrowsers
from adapters.minio.bucket import Bucket
from adapters.minio.links import MinioLinks
from adapters.minio.location import Addresses, S3Location
from adapters.minio.multipart import MultipartUpload, unfinished
from adapters.minio.public import MinioPublic
from adapters.minio.signing import presign
from adapters.system.clock import SystemClock
from application.ports.blob_store import BlobMissing
from domain.errors import Invalid, Unavailable
from domain.object_keys import file_key, incoming_key
from tests.servers.ceph import S3Server
from tests.unit.contracts.blob_moves import BlobMovesContract
from tests.unit.contracts.blob_store import (
    BODY,
    MIB,
    BlobStoreContract,
    any_key,
    filler,
    keys,
    put,
    read_all,
    stream,
)
from tests.unit.contracts.browser_access import BrowserAccessContract
from tests.unit.contracts.direct_links import DirectLinksContract, asked
from tests.unit.contracts.public_blobs import PublicBlobsContract

pytestmark = pytest.mark.anyio


@pytest.fixture
def location(s3_server: S3Server, s3_bucket: str) -> S3Location:
    return S3Location(s3_server.endpoint, s3_server.region, s3_server.access_key, s3_server.secret_key, s3_bucket)


@pytest.fixture
async def bucket(location: S3Location) -> AsyncIterator[Bucket]:
    bucket = Bucket(location, streams=4)
    yield bucket
    await bucket.close()


@pytest.fixture
def store(bucket: Bucket) -> MinioBlobs:
    return MinioBlobs(bucket)


class TestMinioBlobs(BlobStoreContract):
    pass


class TestMinioMoves(BlobMovesContract):
    pass


async def test_a_large_blob_is_moved_in_parts(store: MinioBlobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "COPIED_AT_ONCE", 5 * MIB)
    before = await store.put("a", filler(12 * MIB), content_type="video/mp4")
    moved = await store.move("a", "b", etag=before.etag)
    assert moved.size == before.size
    assert await read_all(store.read("b")) == await read_all(filler(12 * MIB))
    assert await keys(store.list()) == ["b"]
    assert await store.drop_unfinished(datetime.now(UTC) + timedelta(days=1), any_key) == 0


class TestMinioLinks(DirectLinksContract):
    @pytest.fixture
    def links(self, location: S3Location) -> MinioLinks:
        return MinioLinks(location, SystemClock())


class TestMinioBrowsers(BrowserAccessContract):
    @pytest.fixture
    def links(self, location: S3Location) -> MinioLinks:
        return MinioLinks(location, SystemClock())

    @pytest.fixture
    def browsers(self, bucket: Bucket, location: S3Location) -> MinioBrowsers:
        return MinioBrowsers(bucket, location)

    async def test_a_server_that_is_not_there_says_so(self, bucket: Bucket, location: S3Location) -> None:
        nowhere = MinioBrowsers(bucket, replace(location, public_endpoint="http://127.0.0.1:1"))
        with pytest.raises(Unavailable):
            await nowhere.allows("https://app.example")


async def test_objects_that_never_change_say_so(
    store: MinioBlobs, location: S3Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "COPIED_AT_ONCE", 5 * MIB)
    kept, arriving = (lambda n: file_key("shop", UUID(int=1), UUID(int=n), "png")), incoming_key(UUID(int=9))
    await put(store, kept(1))
    await store.put(kept(2), filler(9 * MIB), content_type="image/png")
    await store.put(arriving, filler(MIB), content_type="image/png")
    said = await told(location, arriving)
    assert "cache-control" not in said
    await store.move(arriving, kept(3))
    await store.put(arriving, filler(6 * MIB), content_type="text/html")
    await store.move(arriving, kept(4))
    for number in range(1, 5):
        said = await told(location, kept(number))
        assert said["cache-control"] == "max-age=31536000, immutable", number
    assert said["content-type"] == "text/html"
    assert said["content-disposition"] == "attachment"


async def told(location: S3Location, key: str) -> Mapping[str, str]:
    """The headers of the object itself."""
    url = presign(location, "GET", Addresses(location).of(key), query={}, headers={}, expires_in=60,
                  now=datetime.now(UTC))  # fmt: skip
    return (await asked("GET", url)).headers


class TestMinioPublic(PublicBlobsContract):
    @pytest.fixture
    def public(self, bucket: Bucket, location: S3Location) -> MinioPublic:
        return MinioPublic(bucket, location)

    async def test_a_policy_that_published_more_is_replaced(
        self, store: MinioBlobs, public: MinioPublic, bucket: Bucket
    ) -> None:
        key = incoming_key(UUID(int=1))
        await put(store, key)
        everything = {
            "Effect": "Allow",
            "Principal": {"AWS": ["*"]},
            "Action": ["s3:GetObject"],
            "Resource": [f"arn:aws:s3:::{bucket.name}/*"],
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
        bucket.client.set_bucket_policy(bucket.name, policy)
        assert (await asked("GET", public.address(key))).status == 200
        await public.publish()
        assert (await asked("GET", public.address(key))).status == 403


async def test_a_store_without_its_bucket_is_empty(store: MinioBlobs) -> None:
    assert await keys(store.list()) == []
    assert await store.drop_unfinished(datetime.now(UTC), any_key) == 0
    await store.remove("a")
    with pytest.raises(BlobMissing):
        await store.stat("a")
    with pytest.raises(BlobMissing):
        await read_all(store.read("a"))


@pytest.mark.parametrize("size", [1000, 12 * MIB])
async def test_the_bucket_is_made_on_demand_also_after_somebody_removed_it(
    store: MinioBlobs, bucket: Bucket, size: int
) -> None:
    for _ in range(2):
        await store.put("a", filler(size), content_type="image/png")
        await store.remove("a")
        bucket.client.remove_bucket(bucket.name)
    await store.check()
    assert bucket.exists()


async def test_many_may_make_the_bucket_at_once(location: S3Location) -> None:
    buckets = [Bucket(location) for _ in range(6)]
    async with anyio.create_task_group() as group:
        for number, bucket in enumerate(buckets):
            group.start_soon(put, MinioBlobs(bucket), f"a/{number}")
            group.start_soon(MinioBlobs(bucket).check)
    assert len(await keys(MinioBlobs(buckets[0]).list())) == 6
    for bucket in buckets:
        await bucket.close()


async def test_a_bucket_of_somebody_else_is_said(location: S3Location) -> None:
    bucket = Bucket(replace(location, secret_key="wrong"))
    for asked_for in [MinioBlobs(bucket).check(), put(MinioBlobs(bucket), "a"), MinioBlobs(bucket).stat("a")]:
        with pytest.raises(Unavailable):
            await asked_for
    await bucket.close()
    assert "wrong" not in repr(replace(location, secret_key="wrong"))


async def test_lists_more_than_a_page(store: MinioBlobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "LISTED_AT_ONCE", 100)
    async with anyio.create_task_group() as group:
        for number in range(1005):
            group.start_soon(put, store, f"{number:04}", b"")
    assert await keys(store.list()) == [f"{number:04}" for number in range(1005)]


async def test_a_stream_may_end_exactly_with_a_part(store: MinioBlobs) -> None:
    for size in [8 * MIB, 16 * MIB]:
        for announced in [None, size]:
            info = await store.put("a", filler(size), content_type="image/png", size=announced)
            assert info.size == (await store.stat("a")).size == size
            assert info.etag == (await store.stat("a")).etag


async def test_keeps_the_content_type(store: MinioBlobs, bucket: Bucket) -> None:
    await store.put("short", stream(BODY), content_type="image/webp")
    await store.put("long", filler(12 * MIB), content_type="image/webp")
    for key in ["short", "long"]:
        assert bucket.client.stat_object(bucket.name, key).content_type == "image/webp"
    for bad in ["image/png\r\nX-Evil: 1", "naïve"]:
        with pytest.raises(Invalid):
            await store.put("bad", stream(BODY), content_type=bad)


@pytest.mark.parametrize("at_once", [100 * MIB, 5 * MIB])
async def test_what_is_moved_is_of_the_type_it_was_or_is_told_to_be(
    store: MinioBlobs, bucket: Bucket, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.minio.moving.COPIED_AT_ONCE", at_once)
    for told, becomes, attached in [
        (None, "image/webp", False),
        ("image/png", "image/png", False),
        ("text/html", "text/html", True),
        ("application/pdf", "application/pdf", True),
    ]:
        await store.put("a", filler(6 * MIB), content_type="image/webp")
        await store.move("a", "b", content_type=told)
        kept = bucket.client.stat_object(bucket.name, "b")
        assert kept.content_type == becomes
        assert (kept.metadata or {}).get("content-disposition") == ("attachment" if attached else None)
    with pytest.raises(Invalid):
        await store.move("b", "c", content_type="image/png\r\nX-Evil: 1")


async def test_what_a_browser_could_run_is_for_saving_only(store: MinioBlobs, bucket: Bucket) -> None:
    for content_type in ["text/html", "image/svg+xml", "application/xml", "text/javascript", "application/pdf"]:
        for size in [10, 12 * MIB]:
            await store.put("a", filler(size), content_type=content_type)
            kept = bucket.client.stat_object(bucket.name, "a")
            assert (kept.content_type, (kept.metadata or {})["content-disposition"]) == (content_type, "attachment")
            await store.move("a", "b")
            moved = bucket.client.stat_object(bucket.name, "b")
            assert (moved.content_type, (moved.metadata or {})["content-disposition"]) == (content_type, "attachment")


async def test_drops_only_old_unfinished_uploads(store: MinioBlobs) -> None:
    now = datetime.now(UTC)

    async def look() -> None:
        assert await store.drop_unfinished(now - timedelta(minutes=5), any_key) == 0
        assert await store.drop_unfinished(now + timedelta(minutes=5), any_key) == 1

    with pytest.raises(Unavailable):  # its upload was taken away under it
        await store.put("a", filler(12 * MIB, then=look), content_type="image/png")
    assert await keys(store.list()) == []


async def test_leaves_the_unfinished_uploads_of_others_in_the_bucket_alone(store: MinioBlobs, bucket: Bucket) -> None:
    await store.check()
    for key in ("ours/1", "theirs/1", "ours/2"):
        MultipartUpload(bucket.client, bucket.name, key).start("video/mp4")
    later = datetime.now(UTC) + timedelta(minutes=5)

    async def ours(key: str) -> bool:
        return key.startswith("ours/")

    assert await store.drop_unfinished(later, ours) == 2
    assert await store.drop_unfinished(later, ours) == 0
    assert [upload.key for upload in unfinished(bucket.client, bucket.name, later)] == ["theirs/1"]


async def test_connections_are_used_again(store: MinioBlobs, bucket: Bucket) -> None:
    await put(store, "a", b"x" * 3 * MIB)
    for _ in range(10):
        await read_all(store.read("a"))
        await read_all(store.read("a", start=5, end=70))
        await store.stat("a")
        await put(store, "b")
    pool = bucket.client._http.connection_from_url(store_url(bucket))
    assert pool.num_connections == 1


async def test_more_readings_than_streams_wait_for_each_other(location: S3Location) -> None:
    bucket = Bucket(location, streams=2, threads=3, patience=10)
    store = MinioBlobs(bucket)
    await put(store, "a", b"x" * 3 * MIB)
    sizes: list[int] = []

    async def read() -> None:
        sizes.append(len(await read_all(store.read("a"))))

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(read)
    assert sizes == [3 * MIB] * 20
    await bucket.close()


async def test_readings_nobody_takes_further_do_not_hold_up_others_for_ever(location: S3Location) -> None:
    bucket = Bucket(location, streams=1, patience=0.5)
    store = MinioBlobs(bucket)
    await put(store, "a", b"x" * 3 * MIB)
    held = store.read("a")
    await anext(held)
    with anyio.fail_after(5), pytest.raises(Unavailable):
        await read_all(store.read("a"))
    await held.aclose()
    assert len(await read_all(store.read("a"))) == 3 * MIB
    await bucket.close()


async def test_links_are_for_the_public_host(location: S3Location, store: MinioBlobs) -> None:
    await put(store, "a")
    port = urlsplit(location.endpoint).port
    links = MinioLinks(replace(location, public_endpoint=f"http://localhost:{port}"), SystemClock())
    link = await links.download("a", expires_in=60, disposition="inline", content_type="image/png")
    assert urlsplit(link.url).netloc == f"localhost:{port}"
    assert (await asked("GET", link.url)).body == BODY
    assert (await asked("GET", link.url.replace("localhost", "127.0.0.1"))).status == 403


async def test_links_live_for_seven_days_at_most(location: S3Location) -> None:
    links = MinioLinks(location, SystemClock())
    for seconds in [0, -1, 7 * 24 * 3600 + 1]:
        with pytest.raises(Invalid):
            await links.download("a", expires_in=seconds, disposition="inline", content_type="image/png")


def store_url(bucket: Bucket) -> str:
    return bucket.client.get_presigned_url("GET", bucket.name, "x")
