"""Blobs as objects of an S3 bucket."""

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from itertools import islice

from anyio import Semaphore, create_task_group
from minio.datatypes import Object

from adapters.minio.bucket import Bucket
from adapters.minio.moving import move
from adapters.minio.multipart import PART, MultipartUpload, part_sizes, unfinished
from adapters.minio.open_object import OpenObject
from adapters.minio.parts import cut
from adapters.minio.showing import shown_as
from application.ports.blob_moves import BlobChanged
from application.ports.blob_store import BlobInfo, BlobMissing
from application.ports.unfinished_uploads import Ours
from domain.blob_keys import check_key, check_prefix
from domain.errors import DarkroomError, Invalid, Unavailable

PARTS_IN_MEMORY = 3  # of one put: one filling, the others on their way
LISTED_AT_ONCE = 1000
PROBE = ".nothing-begins-like-this"


class MinioBlobs:
    """A blob is an object; a short one is stored by one request, a longer one in parts."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    async def put(
        self, key: str, chunks: AsyncIterator[bytes], *, content_type: str, size: int | None = None
    ) -> BlobInfo:
        """Look at no more than the first part before deciding how to store the blob."""
        check_key(key)
        _checked(content_type)
        async with aclosing(cut(chunks, part_sizes(size), size)) as parts:
            begun = deque([await anext(parts)])  # whoever sends it takes it out, and holds it alone
            if len(begun[0]) < PART:
                return await self._bucket.run_in_bucket(self._put_whole, key, begun.pop(), content_type)
            return await self._put_parts(key, begun, parts, content_type)

    async def read(
        self, key: str, *, start: int = 0, end: int | None = None, etag: str | None = None
    ) -> AsyncGenerator[bytes, None]:
        """One GET, followed as fast as the caller takes it."""
        check_key(key)
        opened = OpenObject(self._bucket.client, self._bucket.name, key, start, end, etag)
        async with self._bucket.streaming():
            try:
                while not opened.done:
                    if chunk := await self._bucket.run(opened.step):
                        yield chunk
            finally:
                opened.close()

    async def stat(self, key: str) -> BlobInfo:
        """What a HEAD says."""
        check_key(key)
        return await self._bucket.run(self._facts, key)

    async def remove(self, key: str) -> None:
        """Delete the object."""
        check_key(key)
        with suppress(BlobMissing):
            await self._bucket.run(self._bucket.client.remove_object, self._bucket.name, key)

    async def move(self, source: str, to: str, *, etag: str | None = None, content_type: str | None = None) -> BlobInfo:
        """Let the server copy the object, then remove it."""
        check_key(to)
        info = await self.stat(source)
        if etag is not None and etag != info.etag:
            raise BlobChanged(f"The blob {source!r} has changed.")
        if source == to:
            return info
        await move(self._bucket, info, to, None if content_type is None else _checked(content_type))
        return await self.stat(to)

    async def list(self, prefix: str = "") -> AsyncGenerator[BlobInfo, None]:
        """Page by page, in the server's order, which is that of the keys."""
        check_prefix(prefix)
        found = self._found(prefix)
        with suppress(BlobMissing):
            while page := await self._bucket.run(lambda: list(islice(found, LISTED_AT_ONCE))):
                for info in page:
                    yield info

    async def check(self) -> None:
        """List what is not there: whoever answers that speaks S3, knows us, and has the bucket or lets us make it."""
        await self._bucket.run_in_bucket(lambda: list(self._found(PROBE)))

    async def drop_unfinished(self, before: datetime, ours: Ours) -> int:
        """End our uploads in parts that were begun before then and never completed; say how many."""
        begun, ended = unfinished(self._bucket.client, self._bucket.name, before), 0
        with suppress(BlobMissing):
            while page := await self._bucket.run(lambda: list(islice(begun, LISTED_AT_ONCE))):
                for upload in page:
                    if await ours(upload.key):
                        await self._bucket.run(upload.abort)
                        ended += 1
        return ended

    def _facts(self, key: str) -> BlobInfo:
        return _info(self._bucket.client.stat_object(self._bucket.name, key))

    def _found(self, prefix: str) -> Iterator[BlobInfo]:
        return map(_info, self._bucket.client.list_objects(self._bucket.name, prefix=prefix, recursive=True))

    def _put_whole(self, key: str, body: bytes, content_type: str) -> BlobInfo:
        stored = self._bucket.client.put_object(
            self._bucket.name,
            key,
            BytesIO(body),
            len(body),
            content_type=content_type,
            metadata=dict(shown_as(key, content_type)),
            part_size=PART,
        )
        date = parsedate_to_datetime(stored.http_headers.get("Date", ""))
        return BlobInfo(key, len(body), stored.etag or "", date)

    async def _put_parts(
        self, key: str, begun: deque[bytes], parts: AsyncIterator[bytes], content_type: str
    ) -> BlobInfo:
        upload = MultipartUpload(self._bucket.client, self._bucket.name, key)
        try:
            await self._bucket.run_in_bucket(upload.start, content_type)
            size = await self._send(upload, begun, parts)
            await self._bucket.run(upload.complete)
        except BaseException:
            # When the store does not even answer this, the sweep finds the rest.
            with suppress(DarkroomError):
                await self._bucket.settle(upload.abort)
            raise
        # Not every server tells the etag on completing, so we ask; and see the length as well.
        info = await self.stat(key)
        if info.size != size:
            raise Unavailable(f"Of {size} bytes the S3 store kept {info.size}.")
        return info

    async def _send(self, upload: MultipartUpload, begun: deque[bytes], parts: AsyncIterator[bytes]) -> int:
        """Send parts while the next ones come in; the first failure, ours or the stream's, ends it all."""
        room = Semaphore(PARTS_IN_MEMORY - 1)
        failures: list[Exception] = []

        async def send(number: int, body: bytes) -> None:
            try:
                await self._bucket.run(upload.send, number, body)
            except Exception as error:  # noqa: BLE001 - raised below, without the group around it
                fail(error)
            room.release()

        def fail(error: Exception) -> None:
            failures.append(error)
            group.cancel_scope.cancel()

        size = number = 0
        body: bytes | None = begun.pop()
        async with create_task_group() as group:
            try:
                while body:
                    number += 1
                    size += len(body)
                    group.start_soon(send, number, body)
                    body = None
                    await room.acquire()
                    body = await anext(parts, None)
            except Exception as error:  # noqa: BLE001 - likewise
                fail(error)
        for failure in failures:
            raise failure
        return size


def _checked(content_type: str) -> str:
    if not (content_type.isascii() and content_type.isprintable()):
        raise Invalid("A content type is printable ASCII.")
    return content_type


def _info(entry: Object) -> BlobInfo:
    if entry.object_name is None or entry.size is None or entry.last_modified is None:
        raise ValueError("an object without name, size or date")
    return BlobInfo(entry.object_name, entry.size, entry.etag or "", entry.last_modified)
