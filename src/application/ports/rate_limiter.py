"""Port: counting how often something happens."""

from typing import Protocol

from domain.rates import Limit, Verdict


class RateLimiter(Protocol):
    """Counts hits in named buckets, by its own clock; a bucket always comes with the same limit.

    No hit is lost among concurrent ones: no more are allowed than the limit says, over all instances that share the
    counts. What it remembers is bounded, and forgotten by itself. It never raises and never waits long: when
    the counts are somewhere else and cannot be reached, each instance counts alone meanwhile and says so in the log,
    for no limit is worth the service.
    """

    async def hit(self, bucket: str, limit: Limit) -> Verdict:
        """Count one hit, unless it is refused; refused hits do not make the wait longer."""
        ...

    async def look(self, bucket: str, limit: Limit) -> Verdict:
        """What a hit would be told now, without counting one."""
        ...
