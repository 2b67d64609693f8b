"""Where rows and blobs are kept."""

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel
from pydantic_settings import NoDecode

from domain.settings import LARGEST_QUOTA
from entrypoints.setting_groups.named import named
from entrypoints.setting_rules import BlobStoreName, BucketName, DatabaseAddress, Origins, Region, ServerAddress

_named = partial(named, group="Storage")


class StorageSettings(BaseModel):
    """Where rows and blobs are kept."""

    data_dir: Path = _named("DATA_DIR", default=Path("data"), tell="Folder for everything kept on disk")
    database_dir: Path | None = _named("DATABASE_DIR", tell="Folder of media_store.db; default DATA_DIR")
    media_storage_dir: Path | None = _named(
        "MEDIA_STORAGE_DIR", tell="Folder of the blobs; default DATA_DIR/media_store"
    )
    database_url: DatabaseAddress | None = _named(
        "DATABASE_URL",
        "DB_URL",
        repr=False,
        tell="sqlite:///path, postgres://user:password@host/name or memory://",
    )
    blob_store: BlobStoreName | None = _named(
        "BLOB_STORE", tell="filesystem, s3, memory, or a store that was added; default s3 when a bucket is named"
    )
    s3_endpoint: ServerAddress | None = _named("S3_ENDPOINT", tell="URL of an S3 server; default is AWS")
    s3_public_endpoint: ServerAddress | None = _named(
        "S3_PUBLIC_ENDPOINT", tell="URL of the same server as clients see it; default S3_ENDPOINT"
    )
    s3_region: Region = _named("AWS_REGION", "S3_REGION", default="us-east-1", tell="Region of the bucket")
    s3_access_key: str | None = _named("AWS_ACCESS_KEY_ID", "S3_ACCESS_KEY", "AWS_ACCESS_KEY", tell="Who we are to S3")
    s3_secret_key: str | None = _named(
        "AWS_SECRET_ACCESS_KEY", "S3_SECRET_KEY", repr=False, tell="And the secret that proves it"
    )
    s3_bucket: BucketName | None = _named(
        "S3_BUCKET_NAME", "S3_BUCKET", tell="Bucket for everything; made when it is not there"
    )
    s3_public_bucket: bool = _named(
        "S3_PUBLIC_BUCKET",
        default=False,
        tell="Let everybody read the files of public projects in the bucket, and hand out its URLs",
    )
    min_free_disk: int | None = _named(
        "MIN_FREE_DISK",
        ge=0,
        tell="Bytes kept free on the disks of blobs and SQLite: uploads that would take them are refused, and nothing "
        "else; default the larger of 1 GiB and 2 % of the disk",
    )
    s3_cors_origins: Annotated[Origins, NoDecode] = _named(
        "S3_CORS_ORIGINS",
        default=(),
        tell="Origins whose pages may read the bucket with fetch and send uploads to it, with commas between; * = all; "
        "set as the bucket's CORS rule at each start",
    )
    serve: Literal["redirect", "proxy"] = _named(
        "SERVE",
        default="redirect",
        tell="How files get from a bucket to readers: redirect (straight from it) or proxy (through Darkroom)",
    )
    default_quota: int = _named(
        "DEFAULT_QUOTA",
        default=5120,
        ge=-1,
        le=LARGEST_QUOTA,
        tell="MiB a new project may hold; -1 = no limit",
    )
