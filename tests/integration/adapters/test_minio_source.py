"""A bucket of somebody else's as a source."""

from collections.abc import AsyncIterator
from io import BytesIO

import pytest

from adapters.minio.bucket import Bucket
from adapters.minio.location import S3Location
from adapters.minio.source import MinioSource
from application.ports.ingest_sources import IngestSource, SourceMissing
from tests.servers.ceph import S3Server
from tests.unit.contracts.ingest_source import BODIES, IngestSourceContract, listed

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bucket(s3_server: S3Server, s3_bucket: str) -> AsyncIterator[Bucket]:
    bucket = Bucket(
        S3Location(s3_server.endpoint, s3_server.region, s3_server.access_key, s3_server.secret_key, s3_bucket)
    )
    yield bucket
    await bucket.close()


async def put(bucket: Bucket, key: str, body: bytes) -> None:
    await bucket.run(lambda: bucket.client.put_object(bucket.name, key, BytesIO(body), len(body)))


class TestMinioSource(IngestSourceContract):
    @pytest.fixture
    async def source(self, bucket: Bucket) -> MinioSource:
        self.bucket = bucket
        await bucket.run(bucket.make)
        for key, body in BODIES.items():
            await put(bucket, key, body)
        return MinioSource(bucket)

    async def put(self, source: IngestSource, key: str, body: bytes) -> None:
        await put(self.bucket, key, body)

    async def remove(self, source: IngestSource, key: str) -> None:
        await self.bucket.run(self.bucket.client.remove_object, self.bucket.name, key)

    async def test_a_prefix_narrows_it(self, source: MinioSource, bucket: Bucket) -> None:
        below = MinioSource(bucket, "b/")
        assert set(await listed(below)) == {"b/c d/ü – 🖼.wav", "b/empty"}
        with pytest.raises(SourceMissing):
            await below.stat("a.mp4")


async def test_a_bucket_that_is_not_there_is_said_to_be_and_not_made(bucket: Bucket) -> None:
    with pytest.raises(SourceMissing, match="no bucket"):
        await listed(MinioSource(bucket))
    assert not await bucket.run(bucket.exists)
