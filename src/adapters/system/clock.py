"""The machine's clock."""

from datetime import UTC, datetime


class SystemClock:
    """Tells what the machine thinks it is."""

    def now(self) -> datetime:
        return datetime.now(UTC)
