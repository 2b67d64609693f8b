"""An object gets another key: copied by the server, then removed."""

from contextlib import suppress

from minio.commonconfig import REPLACE, CopySource
from minio.error import S3Error

from adapters.minio.bucket import Bucket
from adapters.minio.multipart import MultipartUpload
from adapters.minio.showing import shown_as
from application.ports.blob_moves import BlobChanged
from application.ports.blob_store import BlobInfo
from domain.errors import DarkroomError

COPIED_AT_ONCE = 256 * 1024 * 1024  # more takes a server longer than we wait for an answer


async def move(bucket: Bucket, info: BlobInfo, to: str, content_type: str | None) -> None:
    """The object as it was described, and no other, under another key and of another type, if one is told."""
    source = CopySource(bucket.name, info.key, match_etag=info.etag)
    # What the object says of itself is said anew: under another key it may last for ever.
    shown = await bucket.run(_type_of, bucket, info.key) if content_type is None else content_type
    if info.size <= COPIED_AT_ONCE:
        await bucket.run(_copy_whole, bucket, source, to, shown)
    else:
        await _copy_parts(bucket, source, info.size, to, shown)
    await bucket.run(bucket.client.remove_object, bucket.name, info.key)


def _type_of(bucket: Bucket, key: str) -> str:
    return bucket.client.stat_object(bucket.name, key).content_type or "application/octet-stream"


def _copy_whole(bucket: Bucket, source: CopySource, to: str, content_type: str) -> None:
    told: dict[str, str | list[str] | tuple[str]] = {**shown_as(to, content_type)}
    try:
        bucket.client.copy_object(bucket.name, to, source, metadata=told, metadata_directive=REPLACE)
    except S3Error as error:
        raise _told(error, source) from error


async def _copy_parts(bucket: Bucket, source: CopySource, size: int, to: str, content_type: str) -> None:
    upload = MultipartUpload(bucket.client, bucket.name, to)
    try:
        await bucket.run(upload.start, content_type)
        for number, first in enumerate(range(0, size, COPIED_AT_ONCE), start=1):
            last = min(first + COPIED_AT_ONCE, size) - 1
            await bucket.run(_copy_part, upload, source, number, first, last)
        await bucket.run(upload.complete)
    except BaseException:
        with suppress(DarkroomError):
            await bucket.settle(upload.abort)
        raise


def _copy_part(upload: MultipartUpload, source: CopySource, number: int, first: int, last: int) -> None:
    try:
        upload.copy(number, source.gen_copy_headers(), first, last)
    except S3Error as error:
        raise _told(error, source) from error


def _told(error: S3Error, source: CopySource) -> Exception:
    if error.code == "PreconditionFailed":
        return BlobChanged(f"The blob {source.object_name!r} has changed.")
    return error
