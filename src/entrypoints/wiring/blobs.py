"""Blob stores: one function each, and its line in `STORES`, which is also the list of what BLOB_STORE may say.

Settings are checked against `STORES`, so this module imports them for type checking only.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from entrypoints.wiring.parts import Blobs

if TYPE_CHECKING:
    from entrypoints.settings import Settings


def memory(settings: "Settings") -> Blobs:
    """Blobs in this process, gone with it."""
    from adapters.memory.blobs import MemoryBlobs
    from adapters.system.clock import SystemClock

    blobs = MemoryBlobs(SystemClock())
    return Blobs(blobs, blobs)


def filesystem(settings: "Settings") -> Blobs:
    """Blobs as files below a folder."""
    from adapters.filesystem.blobs import FilesystemBlobs

    blobs = FilesystemBlobs(settings.blobs_dir)
    return Blobs(blobs, blobs, local=blobs, unfinished=blobs, root=settings.blobs_dir)


def s3(settings: "Settings") -> Blobs:
    """Blobs in a bucket."""
    from adapters.minio.blobs import MinioBlobs
    from adapters.minio.browsers import MinioBrowsers
    from adapters.minio.bucket import Bucket
    from adapters.minio.links import MinioLinks
    from adapters.minio.location import S3Location
    from adapters.minio.public import MinioPublic
    from adapters.system.clock import SystemClock

    location = S3Location(
        endpoint=settings.s3_endpoint or f"https://s3.{settings.s3_region}.amazonaws.com",
        region=settings.s3_region,
        access_key=settings.s3_access_key or "",
        secret_key=settings.s3_secret_key or "",
        bucket=settings.s3_bucket or "",
        public_endpoint=settings.s3_public_endpoint,
    )
    bucket = Bucket(location)
    public = MinioPublic(bucket, location) if settings.s3_public_bucket else None
    blobs, links, browsers = MinioBlobs(bucket), MinioLinks(location, SystemClock()), MinioBrowsers(bucket, location)
    return Blobs(blobs, blobs, links=links, public=public, browsers=browsers, unfinished=blobs, held=(bucket,))


STORES: dict[str, Callable[["Settings"], Blobs]] = {
    "filesystem": filesystem,
    "s3": s3,
    "memory": memory,
}


def selected_blobs(settings: "Settings") -> Blobs:
    """The blob store that the settings select."""
    return STORES[settings.store](settings)
