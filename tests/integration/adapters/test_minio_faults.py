"""A real S3 store behind a network that fails."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import anyio
import pytest

from adapters.minio.blobs import MinioBlobs
from adapters.minio.bucket import Bucket
from adapters.minio.location import S3Location
from adapters.minio.multipart import MultipartUpload
from domain.errors import StorageFull, Unavailable
from tests.servers.ceph import S3Server
from tests.servers.tcp_proxy import Fault, TcpProxy
from tests.unit.contracts.blob_store import BODY, MIB, any_key, filler, keys, put, read_all, read_into

pytestmark = pytest.mark.anyio
PATIENCE = 2.0
SHORT = 0.3
LATER = timedelta(days=1)

Use = Callable[[MinioBlobs], Awaitable[object]]
USES: dict[str, Use] = {
    "put": lambda store: put(store, "a", b"new"),
    "put in parts": lambda store: store.put("a", filler(12 * MIB), content_type="image/png"),
    "read": lambda store: read_all(store.read("a")),
    "range": lambda store: read_all(store.read("a", start=5, end=9)),
    "stat": lambda store: store.stat("a"),
    "remove": lambda store: store.remove("a"),
    "list": lambda store: keys(store.list()),
    "check": lambda store: store.check(),
}


@pytest.fixture
def location(s3_server: S3Server, s3_bucket: str) -> S3Location:
    return S3Location(s3_server.endpoint, s3_server.region, s3_server.access_key, s3_server.secret_key, s3_bucket)


@pytest.fixture
async def direct(location: S3Location) -> AsyncIterator[MinioBlobs]:
    """The store by the good way, with a blob in it."""
    bucket = Bucket(location)
    store = MinioBlobs(bucket)
    await put(store, "a")
    yield store
    await bucket.close()


@pytest.fixture
async def proxy(location: S3Location) -> AsyncIterator[TcpProxy]:
    place = urlsplit(location.endpoint)
    async with TcpProxy(str(place.hostname), int(place.port or 80)) as proxy:
        yield proxy


@pytest.fixture
async def store(location: S3Location, proxy: TcpProxy, direct: MinioBlobs) -> AsyncIterator[MinioBlobs]:
    """The same store by way of the proxy."""
    bucket = Bucket(replace(location, endpoint=f"http://127.0.0.1:{proxy.port}"), patience=PATIENCE, streams=2)
    yield MinioBlobs(bucket)
    await bucket.close()


async def nothing_half_made(direct: MinioBlobs) -> bool:
    return await direct.drop_unfinished(datetime.now(UTC) + LATER, any_key) == 0


def canned(status: int, body: str = "", headers: str = "") -> bytes:
    kind = "application/xml" if body.startswith("<") else "text/plain"
    return (
        f"HTTP/1.1 {status} Whatever\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{headers}\r\n{body}"
    ).encode()


def error(code: str) -> str:
    return f"<Error><Code>{code}</Code><Message>m</Message><Resource>r</Resource><RequestId>1</RequestId></Error>"


@pytest.mark.parametrize("use", USES)
async def test_the_proxy_alone_changes_nothing(store: MinioBlobs, proxy: TcpProxy, use: str) -> None:
    await USES[use](store)
    assert proxy.connections


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    "fault",
    [
        Fault(silent=True),
        Fault(up=0),
        Fault(up=100),
        Fault(answer=b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"),
        Fault(answer=b"SSH-2.0-OpenSSH_9.2\r\n"),
        Fault(answer=canned(500)),
        Fault(answer=canned(502, "<html>bad gateway</html>")),
        Fault(answer=canned(503, error("SlowDown"), "Retry-After: 100000\r\n")),
        Fault(answer=canned(403, error("AccessDenied"))),
    ],
    ids=str,
)
async def test_a_store_that_does_not_answer_well_is_unavailable_within_bounded_time(
    location: S3Location, direct: MinioBlobs, proxy: TcpProxy, use: str, fault: Fault
) -> None:
    bucket = Bucket(replace(location, endpoint=f"http://127.0.0.1:{proxy.port}"), patience=SHORT)
    proxy.fault = fault
    began = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        await USES[use](MinioBlobs(bucket))
    assert time.monotonic() - began < 3
    assert 1 <= (caught.value.retry_after or 0) <= 300
    assert await read_all(direct.read("a")) == BODY
    assert await nothing_half_made(direct)
    await bucket.close()


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize("down", [0, 20, 60])
async def test_a_lost_answer_is_unavailable_and_leaves_old_or_new(
    store: MinioBlobs, direct: MinioBlobs, proxy: TcpProxy, use: str, down: int, reset: bool
) -> None:
    proxy.fault = Fault(down=down, reset=reset)
    # Of a removal the first line of the answer says everything.
    with suppress(Unavailable) if use == "remove" else pytest.raises(Unavailable):
        await USES[use](store)
    if use == "remove":
        assert await keys(direct.list()) in [[], ["a"]]
    else:
        assert await read_all(direct.read("a")) in {BODY, b"new"}
    # An upload that was begun without our hearing of it is the sweep's.
    await direct.drop_unfinished(datetime.now(UTC) + LATER, any_key)
    assert await nothing_half_made(direct)


@pytest.mark.parametrize("use", ["put", "put in parts", "range", "stat", "list", "check"])
async def test_a_server_that_says_yes_to_everything_is_no_store(store: MinioBlobs, proxy: TcpProxy, use: str) -> None:
    proxy.fault = Fault(answer=canned(200, "welcome"))
    with pytest.raises(Unavailable):
        await USES[use](store)


async def test_nobody_listening_is_unavailable(location: S3Location) -> None:
    bucket = Bucket(replace(location, endpoint="http://127.0.0.1:1"), patience=SHORT)
    for use in USES.values():
        with anyio.fail_after(3), pytest.raises(Unavailable):
            await use(MinioBlobs(bucket))
    await bucket.close()


async def test_many_callers_of_a_silent_store_all_hear_soon(location: S3Location, proxy: TcpProxy) -> None:
    proxy.fault = Fault(silent=True)
    bucket = Bucket(replace(location, endpoint=f"http://127.0.0.1:{proxy.port}"), patience=SHORT, threads=2)
    heard: list[float] = []

    async def ask() -> None:
        began = time.monotonic()
        with pytest.raises(Unavailable):
            await MinioBlobs(bucket).stat("a")
        heard.append(time.monotonic() - began)

    async with anyio.create_task_group() as group:
        for _ in range(50):
            group.start_soon(ask)
    assert len(heard) == 50
    assert max(heard) < 3
    await bucket.close()


@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize("passed", [1000, 300_000, 5_000_000])
async def test_a_reading_cut_midway_is_never_taken_for_the_whole(
    store: MinioBlobs, direct: MinioBlobs, proxy: TcpProxy, passed: int, reset: bool
) -> None:
    body = await read_all(filler(6 * MIB))
    await put(direct, "big", body)
    proxy.fault = Fault(down=passed, reset=reset)
    seen = bytearray()
    with pytest.raises(Unavailable):
        await read_into(seen, store.read("big"))
    assert len(seen) < len(body)
    assert body.startswith(seen)
    proxy.fault = Fault()
    for _ in range(3):
        assert await read_all(store.read("big")) == body


async def test_a_reading_that_stalls_midway_ends_within_bounded_time(
    location: S3Location, direct: MinioBlobs, proxy: TcpProxy
) -> None:
    await put(direct, "big", b"x" * 6 * MIB)
    bucket = Bucket(replace(location, endpoint=f"http://127.0.0.1:{proxy.port}"), patience=SHORT)
    chunks = MinioBlobs(bucket).read("big")
    await anext(chunks)
    proxy.stall()
    began = time.monotonic()
    with pytest.raises(Unavailable):
        await read_all(chunks)
    assert time.monotonic() - began < 3
    await bucket.close()


async def test_a_slow_reading_goes_on(store: MinioBlobs, direct: MinioBlobs, proxy: TcpProxy) -> None:
    await put(direct, "big", b"x" * 640 * 1024)
    proxy.fault = Fault(delay=0.15)
    assert len(await read_all(store.read("big"))) == 640 * 1024


@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize("size", [3 * MIB, 12 * MIB])
@pytest.mark.parametrize("passed", [1000, 2 * MIB])
async def test_a_put_cut_midway_leaves_what_was_there(
    store: MinioBlobs, direct: MinioBlobs, proxy: TcpProxy, size: int, passed: int, reset: bool
) -> None:
    proxy.fault = Fault(up=passed, reset=reset)
    with pytest.raises(Unavailable):
        await store.put("a", filler(size), content_type="image/png")
    await anyio.sleep(0.2)  # nor may it come later
    assert await read_all(direct.read("a")) == BODY
    assert await keys(direct.list()) == ["a"]


async def test_a_way_that_breaks_between_parts_leaves_what_was_there(
    store: MinioBlobs, direct: MinioBlobs, proxy: TcpProxy
) -> None:
    async def break_down() -> None:
        proxy.fault = Fault(up=100)
        proxy.drop_connections()

    async def chunks() -> AsyncIterator[bytes]:
        async for chunk in filler(9 * MIB, then=break_down):
            yield chunk
        async for chunk in filler(9 * MIB):
            yield chunk

    with pytest.raises(Unavailable):
        await store.put("a", chunks(), content_type="image/png")
    assert await read_all(direct.read("a")) == BODY
    assert await keys(direct.list()) == ["a"]
    # What could not be ended while the way was broken is there for the sweep.
    assert await direct.drop_unfinished(datetime.now(UTC) + LATER, any_key) == 1
    assert await nothing_half_made(direct)


async def test_one_bad_moment_is_ridden_over(store: MinioBlobs, proxy: TcpProxy) -> None:
    await store.stat("a")
    proxy.drop_connections()
    assert (await store.stat("a")).size == len(BODY)


@pytest.mark.parametrize("use", ["put", "put in parts"])
@pytest.mark.parametrize(
    "answer",
    [canned(507), canned(507, "no room"), canned(403, error("QuotaExceeded")), canned(507, error("XMinioStorageFull"))],
)
async def test_no_room_is_said(store: MinioBlobs, proxy: TcpProxy, use: str, answer: bytes) -> None:
    proxy.fault = Fault(answer=answer)
    with pytest.raises(StorageFull):
        await USES[use](store)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",  # a range was asked for
        b"HTTP/1.1 206 OK\r\nContent-Length: 4\r\nContent-Range: bytes 0-3/9\r\n\r\nhell",
        b"HTTP/1.1 206 OK\r\nConnection: close\r\n\r\nhello",
    ],
)
async def test_other_bytes_than_asked_for_are_not_handed_on(store: MinioBlobs, proxy: TcpProxy, answer: bytes) -> None:
    proxy.fault = Fault(answer=answer)
    seen = bytearray()
    with pytest.raises(Unavailable):
        await read_into(seen, store.read("a", start=5, end=9))
    assert not seen


async def test_an_error_inside_a_200_completes_nothing(
    location: S3Location, direct: MinioBlobs, proxy: TcpProxy
) -> None:
    bucket = Bucket(location)
    upload = MultipartUpload(bucket.client, bucket.name, "a")
    await bucket.run(upload.start, "image/png")
    await bucket.run(upload.send, 1, BODY)
    faulty = Bucket(replace(location, endpoint=f"http://127.0.0.1:{proxy.port}"))
    proxy.fault = Fault(answer=canned(200, error("InternalError")))
    with pytest.raises(Unavailable):
        await faulty.run(replace(upload, client=faulty.client).complete)
    await bucket.run(upload.abort)
    assert await read_all(direct.read("a")) == BODY
    await bucket.close()
    await faulty.close()
