"""Signature Version 4 in the query of a URL, over whatever headers the link is to bind.

The SDK's own presigning covers `host` alone, so that a link to upload would take any length and any type.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit, urlunsplit

from adapters.minio.location import S3Location

ALGORITHM = "AWS4-HMAC-SHA256"
LONGEST_LIFE = 7 * 24 * 3600


def presign(
    location: S3Location,
    method: str,
    url: str,
    *,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    expires_in: int,
    now: datetime,
) -> str:
    """The URL, signed: a request with another method, path, query or value of one of the headers is refused."""
    place = urlsplit(url)
    bound = {"host": place.netloc} | {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    names = ";".join(sorted(bound))
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{location.region}/s3/aws4_request"
    asked = {
        **query,
        "X-Amz-Algorithm": ALGORITHM,
        "X-Amz-Credential": f"{location.access_key}/{scope}",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": str(expires_in),
        "X-Amz-SignedHeaders": names,
    }
    asked_text = "&".join(sorted(f"{_quoted(name)}={_quoted(value)}" for name, value in asked.items()))
    bound_text = "".join(f"{name}:{bound[name]}\n" for name in sorted(bound))
    request = f"{method}\n{place.path}\n{asked_text}\n{bound_text}\n{names}\nUNSIGNED-PAYLOAD"
    text = f"{ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(_key(location.secret_key, scope), text.encode(), hashlib.sha256).hexdigest()
    return urlunsplit(place._replace(query=f"{asked_text}&X-Amz-Signature={signature}"))


def _key(secret: str, scope: str) -> bytes:
    key = b"AWS4" + secret.encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
