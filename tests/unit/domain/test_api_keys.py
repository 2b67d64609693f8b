"""When an API key opens anything."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.api_keys import ALL_SCOPES, ApiKey
from tests.tables import over_rows

NOW = datetime(2026, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


@over_rows(
    ("is_active", "expires_at", "usable"),
    [
        (True, None, True),
        (True, NOW + INSTANT, True),
        (True, NOW, False),
        (True, NOW - INSTANT, False),
        (False, None, False),
        (False, NOW + INSTANT, False),
    ],
)
def test_a_key_is_usable_while_it_is_active_and_in_time(
    is_active: bool, expires_at: datetime | None, usable: bool
) -> None:
    key = ApiKey(UUID(int=1), UUID(int=2), "ci", "dk_1234567", "hash", ALL_SCOPES, is_active, NOW, expires_at)
    assert key.usable(NOW) is usable
