"""Blob stores: one function each, and the line in `BlobStores` that selects it."""

from dependency_injector import containers, providers

from entrypoints.settings import Settings
from entrypoints.wiring.parts import Blobs


def memory(settings: Settings) -> Blobs:
    """Blobs in this process, gone with it."""
    from adapters.memory.blobs import MemoryBlobs
    from adapters.system.clock import SystemClock

    blobs = MemoryBlobs(SystemClock())
    return Blobs(blobs, blobs)


def filesystem(settings: Settings) -> Blobs:
    """Blobs as files below a folder."""
    from adapters.filesystem.blobs import FilesystemBlobs

    blobs = FilesystemBlobs(settings.blobs_dir)
    return Blobs(blobs, blobs, local=blobs, unfinished=blobs, root=settings.blobs_dir)


def s3(settings: Settings) -> Blobs:
    """Blobs in a bucket."""
    from adapters.minio.blobs import MinioBlobs
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
    blobs, links = MinioBlobs(bucket), MinioLinks(location, SystemClock())
    return Blobs(blobs, blobs, links=links, public=public, unfinished=blobs, held=(bucket,))


class BlobStores(containers.DeclarativeContainer):
    """The blob store that the settings select."""

    settings = providers.Dependency(instance_of=Settings)
    selected = providers.Selector(
        settings.provided.store,
        memory=providers.Singleton(memory, settings),
        filesystem=providers.Singleton(filesystem, settings),
        s3=providers.Singleton(s3, settings),
    )
