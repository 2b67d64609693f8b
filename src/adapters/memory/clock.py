"""A clock set by hand."""

from datetime import UTC, datetime, timedelta


class ManualClock:
    """Stands still until somebody moves it."""

    def __init__(self, now: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = now.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        """Move to a moment."""
        self._now = now.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Move on."""
        self._now += by
