"""Where a client is told to send its bytes."""

from dataclasses import replace

import pytest

from adapters.minio.links import MinioLinks
from adapters.minio.location import S3Location
from application.inbox.upload_links import LARGEST_DIRECT, UploadLinks
from domain.inbox import PresignedUpload
from tests.unit.contracts.things import refused
from tests.unit.use_cases.inbox.inboxes import Inboxes, inboxes

pytestmark = pytest.mark.anyio

BUCKET = S3Location("https://s3.test", "eu-north-1", "someone", "secret", "pictures")


@pytest.fixture
async def studio() -> Inboxes:
    return await inboxes()


@pytest.fixture
async def upload(studio: Inboxes) -> PresignedUpload:
    return await studio.announced(b"x" * 7, content_type="image/png")


def direct(studio: Inboxes) -> UploadLinks:
    return replace(studio.upload_links, direct=MinioLinks(BUCKET, studio.clock))


async def test_a_store_that_takes_files_itself_is_told_what_to_take(studio: Inboxes, upload: PresignedUpload) -> None:
    link = await direct(studio)(upload)
    assert link.url.startswith("https://s3.test/pictures/incoming/")
    assert link.headers == {"Content-Length": "7", "Content-Type": "image/png"}
    assert "X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost" in link.url
    assert "X-Amz-Expires=3600" in link.url


async def test_what_a_store_takes_in_parts_alone_comes_to_us(studio: Inboxes, upload: PresignedUpload) -> None:
    largest, larger = replace(upload, size=LARGEST_DIRECT), replace(upload, size=LARGEST_DIRECT + 1)
    assert (await direct(studio)(largest)).url.startswith("https://s3.test/")
    assert (await direct(studio)(larger)).url.startswith("http://darkroom.test/uploads/")


async def test_our_own_links_are_good_until_they_end(studio: Inboxes, upload: PresignedUpload) -> None:
    link = await studio.upload_links(upload)
    expires, signature = (part.partition("=")[2] for part in link.url.partition("?")[2].split("&"))
    await studio.upload_links.check(upload.id, int(expires), signature)
    for other in (
        (upload.id, int(expires) + 1, signature),
        (upload.project_id, int(expires), signature),
        (upload.id, int(expires), signature[:-1]),
        (upload.id, int(expires), ""),
    ):
        with refused("link_invalid"):
            await studio.upload_links.check(*other)
    studio.clock.advance(link.expires_at - studio.clock.now())
    with refused("link_expired"):
        await studio.upload_links.check(upload.id, int(expires), signature)
