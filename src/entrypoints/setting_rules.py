"""What the values of settings must look like; each message follows the name of the setting."""

import re
from ipaddress import ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from domain.cron import Cron
from domain.jobs import QUEUES
from entrypoints.door_names import DOORS
from entrypoints.wiring.blobs import STORES

# What the SDK would complain about, quoting the secret.
_TRACE_HEADER = r"\s*[A-Za-z0-9_.!#$%&'*+^`|~-]+\s*=[ !#-+\--:<-\[\]-~]*"
_BUCKET = r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]"


def _matching(pattern: str, told: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(told)
        return value

    return AfterValidator(check)


def public_address(value: str) -> str:
    """The URL of a service, without a slash at its end; ValueError says what it must be."""
    parts = urlsplit(value) if re.fullmatch(r"[!-~]+", value) else urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
        raise ValueError("must be a URL such as https://media.example.com")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be a URL without user, query or fragment, such as https://media.example.com")
    return value.rstrip("/")


def _server_address(value: str) -> str:
    value = public_address(value)
    if urlsplit(value).path:
        raise ValueError("must be a URL without a path, such as https://s3.example.com")
    return value


def _origins(value: tuple[str, ...]) -> tuple[str, ...]:
    if not all(re.fullmatch(r"\*|[a-z][a-z0-9+.-]*://[^\s/?#@]+", origin) for origin in value):
        raise ValueError("must be * or origins such as https://app.example.com, with commas between")
    return value


def _hosts(value: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(host.lower() for host in value)
    if not all(re.fullmatch(r"(?=.{1,253}$)[a-z0-9_-]+(\.[a-z0-9_-]+)*", name) for name in names):
        raise ValueError("must be host names such as media.example.com, without scheme and port, with commas between")
    return names


def _proxies(value: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(each)) for each in value)
    except ValueError:
        raise ValueError("must be addresses or networks such as 10.0.0.5, 10.0.0.0/8 or ::1, with commas") from None


def _queues(value: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [name for name in value if name not in QUEUES]
    if unknown:
        raise ValueError(f"there is no queue {', '.join(map(repr, unknown))}; there are {', '.join(QUEUES)}")
    return value


def _blob_store(value: str) -> str:
    if value not in STORES:
        raise ValueError(f"there is no blob store {value!r}; there are {', '.join(STORES)}")
    return value


def _doors(value: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [name for name in value if name not in DOORS]
    if unknown:
        raise ValueError(f"there is no door {', '.join(map(repr, unknown))}; there are {', '.join(DOORS)}")
    return value


def _schedule(value: str) -> str:
    Cron.parse(value)
    return value


def _source(value: str) -> str:
    bucket, _, prefix = value.removeprefix("s3://").partition("/")
    if value.startswith("s3://"):
        if not re.fullmatch(_BUCKET, bucket) or prefix.startswith("/"):
            raise ValueError("must be s3://bucket, s3://bucket/prefix or a folder")
    elif "://" in value or "\0" in value:
        raise ValueError("must be s3://bucket, s3://bucket/prefix or a folder")
    return value


PublicAddress = Annotated[str, AfterValidator(public_address)]
ServerAddress = Annotated[str, AfterValidator(_server_address)]
DatabaseAddress = Annotated[
    str,
    _matching(
        r"(sqlite:///|postgres(ql)?://|memory://).*",
        "must begin with sqlite:///, postgres://, postgresql:// or memory://",
    ),
]
RedisAddress = Annotated[
    str, _matching(r"(rediss?|unix)://.+", "must be the address of a Redis, such as redis://localhost:6379/0")
]
Origins = Annotated[tuple[str, ...], AfterValidator(_origins)]
Hosts = Annotated[tuple[str, ...], AfterValidator(_hosts)]
Queues = Annotated[tuple[str, ...], AfterValidator(_queues)]
Doors = Annotated[tuple[str, ...], AfterValidator(_doors)]
BlobStoreName = Annotated[str, AfterValidator(_blob_store)]
Proxies = Annotated[tuple[str, ...], AfterValidator(_proxies)]
JwtSecret = Annotated[str, _matching(r"(?s).{16,}", "must have at least 16 characters")]
ExpectedClaim = Annotated[str, _matching(r"\S{1,500}", "must have 1 to 500 characters and no spaces")]
MetricsToken = Annotated[str, _matching(r"[!-~]{8,}", "must have at least 8 characters, all printable, no spaces")]
Region = Annotated[str, _matching(r"[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?", "must be a region such as us-east-1")]
BucketName = Annotated[
    str,
    _matching(_BUCKET, "must be the name of a bucket: 3 to 63 of a-z, 0-9, '-' and '.'"),
]
TraceHeaders = Annotated[
    str,
    _matching(
        rf"{_TRACE_HEADER}(,{_TRACE_HEADER})*", "must be name=value with commas between, and values encoded as in URLs"
    ),
]
CronText = Annotated[str, AfterValidator(_schedule)]
IngestAddress = Annotated[str, AfterValidator(_source)]
