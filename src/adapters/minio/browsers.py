"""Which pages may talk to a bucket: its CORS rule."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import md5
from xml.sax.saxutils import escape

from urllib3 import BaseHTTPResponse, PoolManager, Retry, Timeout

from adapters.minio.bucket import CONNECT_WITHIN, Bucket
from adapters.minio.location import Addresses, S3Location

METHODS = ("GET", "HEAD", "PUT")
EXPOSED = ("ETag", "Content-Length", "Content-Range", "Content-Disposition", "Accept-Ranges", "Last-Modified")
REMEMBERED = 3600
ASKED_FOR = (("GET", "range"), ("PUT", "content-type"))


class MinioBrowsers:
    """Sets the rule as we are known to the server, and tries it as a browser that knows nothing but the address."""

    def __init__(self, bucket: Bucket, location: S3Location) -> None:
        self._bucket = bucket
        self._address = Addresses(location).of("any")

    async def allow(self, origins: Sequence[str]) -> None:
        """Replace the bucket's rules by one."""
        await self._bucket.run_in_bucket(self._set, _rule(origins))

    async def allows(self, origin: str) -> bool:
        """Whether the server lets the page read a range and send an upload."""
        return await self._bucket.run(self._try, origin)

    def _set(self, rule: bytes) -> None:
        # The SDK has no method of its own for this.
        digest = b64encode(md5(rule, usedforsecurity=False).digest()).decode()
        checked: dict[str, str | list[str] | tuple[str]] = {"Content-MD5": digest}
        self._bucket.client._execute("PUT", self._bucket.name, body=rule, headers=checked, query_params={"cors": ""})

    def _try(self, origin: str) -> bool:
        waiting = Timeout(connect=CONNECT_WITHIN, read=self._bucket.patience)
        with PoolManager(timeout=waiting, retries=Retry(total=0, redirect=0)) as pool:
            return all(_permits(pool.request("OPTIONS", self._address, headers=_asking(origin, *what)), origin)
                       for what in ASKED_FOR)  # fmt: skip


def _rule(origins: Sequence[str]) -> bytes:
    said = [
        *(("AllowedOrigin", origin) for origin in origins),
        *(("AllowedMethod", method) for method in METHODS),
        ("AllowedHeader", "*"),
        *(("ExposeHeader", name) for name in EXPOSED),
        ("MaxAgeSeconds", str(REMEMBERED)),
    ]
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in said)
    return f"<CORSConfiguration><CORSRule>{inside}</CORSRule></CORSConfiguration>".encode()


def _asking(origin: str, method: str, header: str) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": header,
    }


def _permits(answer: BaseHTTPResponse, origin: str) -> bool:
    return answer.status < 300 and answer.headers.get("Access-Control-Allow-Origin") in {"*", origin}
