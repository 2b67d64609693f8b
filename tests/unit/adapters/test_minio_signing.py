"""Signatures, against the worked example that the inventors of the scheme publish, and against the SDK's."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from minio.credentials import Credentials
from minio.signer import presign_v4

from adapters.minio.links import MinioLinks
from adapters.minio.location import Addresses, S3Location
from adapters.minio.signing import presign
from tests.tables import over_rows

EXAMPLE = S3Location(
    "https://s3.amazonaws.com",
    "us-east-1",
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "examplebucket",
)
THEN = datetime(2013, 5, 24, tzinfo=UTC)


class ClockOfThen:
    """Always the day of the example."""

    def now(self) -> datetime:
        return THEN


def test_the_published_example() -> None:
    url = "https://examplebucket.s3.amazonaws.com/test.txt"
    signed = presign(EXAMPLE, "GET", url, query={}, headers={}, expires_in=86400, now=THEN)
    assert signed.endswith("X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)), st.integers(1, 604800))
def test_without_bound_headers_it_is_what_the_sdk_signs(disposition: str, expires_in: int) -> None:
    location = S3Location("http://localhost:9000", "eu-central-1", "a/k+", "s=k", "bucket")
    plain = Addresses(location).of("grüße/a b+c~.png")
    ours = presign(
        location,
        "GET",
        plain,
        query={"response-content-disposition": disposition},
        headers={},
        expires_in=expires_in,
        now=THEN,
    )
    unsigned = urlsplit(ours)
    query = "&".join(pair for pair in unsigned.query.split("&") if not pair.startswith("X-Amz-"))
    theirs = presign_v4(
        method="GET",
        url=unsigned._replace(query=query),
        region=location.region,
        credentials=Credentials(location.access_key, location.secret_key),
        date=THEN,
        expires=expires_in,
    )
    assert ours.rpartition("=")[2] == urlunsplit(theirs).rpartition("=")[2]


@pytest.mark.anyio
async def test_links_say_what_they_bind_and_until_when() -> None:
    link = await MinioLinks(EXAMPLE, ClockOfThen()).upload("a b.png", expires_in=60, size=7, content_type="image/png")
    assert link.method == "PUT"
    assert link.headers == {"Content-Length": "7", "Content-Type": "image/png"}
    assert "X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost" in link.url
    assert link.expires_at == datetime(2013, 5, 24, 0, 1, tzinfo=UTC)


def test_hosts_decide_the_style_of_addresses() -> None:
    assert Addresses(EXAMPLE).of("a b").startswith("https://examplebucket.s3.")
    assert Addresses(EXAMPLE).of("a b").endswith(".amazonaws.com/a%20b")
    here = S3Location("http://here:9000", "x", "", "", "bucket")
    assert Addresses(here).of("é") == "http://here:9000/bucket/%C3%A9"
    assert Addresses(replace(here, public_endpoint="https://cdn.example")).of("a") == "https://cdn.example/bucket/a"


ENDPOINTS = ["", "here:9000", "ftp://here", "http://", "http://here/below", "http://user:pass@here", "http://here?a=b"]


@over_rows("endpoint", ENDPOINTS)
def test_endpoints_that_are_none_are_refused_at_once(endpoint: str) -> None:
    with pytest.raises(ValueError, match=r"endpoint|URL"):
        replace(EXAMPLE, endpoint=endpoint)
    if endpoint:
        with pytest.raises(ValueError, match=r"endpoint|URL"):
            replace(EXAMPLE, public_endpoint=endpoint)


def test_other_impossible_places_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="bucket"):
        replace(EXAMPLE, bucket="No Bucket/At All")
    with pytest.raises(ValueError, match="region"):
        replace(EXAMPLE, region="")


def test_the_secret_is_not_shown() -> None:
    assert EXAMPLE.secret_key not in repr(EXAMPLE)
