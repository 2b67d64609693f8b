"""Where a bucket is and who we are there."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from minio import Minio
from urllib3 import PoolManager


@dataclass(frozen=True, slots=True)
class S3Location:
    """One bucket of one S3 server; `public_endpoint` is the same server as others reach it, when that differs.

    A ValueError tells at once what none of this can be right with.
    """

    endpoint: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)
    bucket: str
    public_endpoint: str | None = None

    def __post_init__(self) -> None:
        _client(self.endpoint, self.region)
        Addresses(self)

    def client(self, pool: PoolManager) -> Minio:
        """The SDK, speaking as us."""
        return _client(self.endpoint, self.region, self.access_key, self.secret_key, pool)


class Addresses:
    """The unsigned URLs of blobs as others reach them, in the style (host or path) their server wants."""

    def __init__(self, location: S3Location) -> None:
        self._bucket = location.bucket
        self._nobody = _client(location.public_endpoint or location.endpoint, location.region)
        self.of("any")

    def of(self, key: str) -> str:
        """The URL of one blob."""
        return self._nobody.get_presigned_url("GET", self._bucket, key)


def _client(
    endpoint: str,
    region: str,
    access_key: str | None = None,
    secret_key: str | None = None,
    pool: PoolManager | None = None,
) -> Minio:
    url = urlsplit(endpoint)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise ValueError(f"{endpoint!r} is not the http(s) URL of a server")
    if not region:
        raise ValueError("an S3 store has a region")  # the SDK would ask the server for it before each request
    place = url._replace(scheme="").geturl().removeprefix("//")
    return Minio(place, access_key, secret_key, secure=url.scheme == "https", region=region, http_client=pool)
