"""Times, as clients see them: RFC 3339 in UTC, with a Z."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, PlainSerializer, WithJsonSchema


def rfc3339(moment: datetime) -> str:
    """In UTC, with microseconds where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


UtcTime = Annotated[
    AwareDatetime,
    PlainSerializer(rfc3339, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]


def _written_out(value: Any) -> Any:
    # A number would be read as so many seconds since 1970, or milliseconds when it is large.
    if isinstance(value, str) and re.fullmatch(r"[\s+-]*[\d._]*", value):
        raise ValueError("must be a time as in 2026-01-31T12:00:00Z")
    return value


AskedTime = Annotated[AwareDatetime, BeforeValidator(_written_out)]
