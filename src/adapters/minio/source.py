"""A bucket, or what lies in it under a prefix, as a source."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from itertools import islice

from minio.datatypes import Object

from adapters.minio.bucket import Bucket
from adapters.minio.open_object import OpenObject
from application.ports.blob_store import BlobMissing
from application.ports.ingest_sources import SourceChanged, SourceMissing, SourceObject

LISTED_AT_ONCE = 1000


class MinioSource:
    """Reads objects of a bucket that is somebody else's; keys are whole, the prefix included."""

    def __init__(self, bucket: Bucket, prefix: str = "") -> None:
        self._bucket = bucket
        self._prefix = prefix

    @property
    def name(self) -> str:
        return f"s3://{self._bucket.name}"

    async def list(self) -> AsyncGenerator[SourceObject, None]:
        """Page by page, as the server has them."""
        found = self._found()
        try:
            while page := await self._bucket.run(lambda: list(islice(found, LISTED_AT_ONCE))):
                for each in page:
                    yield each
        except BlobMissing:
            raise SourceMissing(f"there is no bucket {self._bucket.name}") from None

    async def stat(self, key: str) -> SourceObject:
        if not key.startswith(self._prefix) or {".", ".."} & set(key.split("/")):
            # Of the latter the SDK does not ask.
            raise SourceMissing(f"{key!r} is no key below {self.name}/{self._prefix}")
        try:
            return await self._bucket.run(self._facts, key)
        except BlobMissing:
            raise SourceMissing(f"there is no object {key!r} in {self.name}") from None

    async def read(self, wanted: SourceObject) -> AsyncGenerator[bytes, None]:
        """One GET; what changed before it began, or while it went on, is told at the end."""
        if await self.stat(wanted.key) != wanted:
            raise _changed(wanted)
        async with aclosing(self._chunks(wanted)) as chunks:
            async for chunk in chunks:
                yield chunk
        if await self.stat(wanted.key) != wanted:
            raise _changed(wanted)

    async def _chunks(self, wanted: SourceObject) -> AsyncGenerator[bytes, None]:
        opened = OpenObject(self._bucket.client, self._bucket.name, wanted.key, 0, None)
        async with self._bucket.streaming():
            try:
                while not opened.done:
                    if chunk := await self._bucket.run(opened.step):
                        yield chunk
            except BlobMissing:
                raise _changed(wanted) from None
            finally:
                opened.close()

    def _facts(self, key: str) -> SourceObject:
        return _object(self._bucket.client.stat_object(self._bucket.name, key))

    def _found(self) -> Iterator[SourceObject]:
        listed = self._bucket.client.list_objects(self._bucket.name, prefix=self._prefix or None, recursive=True)
        return (_object(each) for each in listed if not each.is_dir)


def _object(entry: Object) -> SourceObject:
    return SourceObject(entry.object_name or "", (entry.etag or "").strip('"'), entry.size or 0)


def _changed(wanted: SourceObject) -> SourceChanged:
    return SourceChanged(f"{wanted.key!r} has changed since it was listed")
