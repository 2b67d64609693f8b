"""Signed links to the blobs of a bucket."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from adapters.minio.location import Addresses, S3Location
from adapters.minio.signing import LONGEST_LIFE, presign
from application.ports.clock import Clock
from application.ports.direct_links import Link
from domain.blob_keys import check_key
from domain.errors import Invalid


class MinioLinks:
    """Signs for the public endpoint, without asking the server anything."""

    def __init__(self, location: S3Location, clock: Clock) -> None:
        self._location = location
        self._addresses = Addresses(location)
        self._clock = clock

    async def download(
        self,
        key: str,
        *,
        expires_in: int,
        disposition: str,
        content_type: str,
        cache_control: str | None = None,
        since: datetime | None = None,
    ) -> Link:
        """A GET whose answer carries the headers said here."""
        query = {"response-content-disposition": disposition, "response-content-type": content_type}
        if cache_control is not None:
            query["response-cache-control"] = cache_control
        return self._sign("GET", key, expires_in, query=query, headers={}, since=since)

    async def upload(self, key: str, *, expires_in: int, size: int, content_type: str) -> Link:
        """A PUT of exactly this length and type."""
        headers = {"Content-Length": str(size), "Content-Type": content_type}
        return self._sign("PUT", key, expires_in, query={}, headers=headers)

    def _sign(
        self,
        method: str,
        key: str,
        expires_in: int,
        *,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        since: datetime | None = None,
    ) -> Link:
        check_key(key)
        if not 1 <= expires_in <= LONGEST_LIFE:
            raise Invalid("A link lives for a second at least and for seven days at most.")
        if not all(value.isascii() and value.isprintable() for value in [*query.values(), *headers.values()]):
            raise Invalid("Headers of a link are printable ASCII.")
        now = since or self._clock.now()
        url = presign(
            self._location,
            method,
            self._addresses.of(key),
            query=query,
            headers=headers,
            expires_in=expires_in,
            now=now,
        )
        return Link(url, method, headers, now.replace(microsecond=0) + timedelta(seconds=expires_in))
