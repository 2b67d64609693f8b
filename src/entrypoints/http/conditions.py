"""Requests that depend on what the client has already (RFC 9110, section 13)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_DATE = 64

_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')


def unchanged(headers: Mapping[str, str], etag: str, modified_at: datetime) -> bool:
    """Whether the client has these very bytes; a date counts only where no tag is told."""
    told = headers.get("if-none-match")
    if told is not None:
        return told.strip() == "*" or etag in _TAG.findall(told)
    since = http_date(headers.get("if-modified-since", ""))
    return since is not None and whole_second(modified_at) <= since


def parts_allowed(headers: Mapping[str, str], etag: str, modified_at: datetime) -> bool:
    """Whether parts may be sent: `If-Range`, where it is told, names exactly what we have."""
    told = headers.get("if-range")
    if told is None:
        return True
    # What lies under a key never changes, so that its date is as strong as its tag.
    return told.strip() == etag or http_date(told) == whole_second(modified_at)


def whole_second(moment: datetime) -> datetime:
    """As headers tell it."""
    return moment.astimezone(UTC).replace(microsecond=0)


def http_date(told: str) -> datetime | None:
    """The moment a header tells, or nothing when it tells none."""
    if not 0 < len(told) <= LONGEST_DATE:
        return None
    try:
        moment = parsedate_to_datetime(told)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
