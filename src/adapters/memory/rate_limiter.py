"""Hits counted in this process."""

from datetime import UTC, datetime
from operator import itemgetter

from application.ports.clock import Clock
from domain.rates import MICROSECOND, Limit, Verdict

MOST_BUCKETS = 50_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class MemoryRateLimiter:
    """Counts for one process; when there are too many buckets, those that owe the least are forgotten first."""

    def __init__(self, clock: Clock, *, most_buckets: int = MOST_BUCKETS) -> None:
        self._clock = clock
        self._most_buckets = most_buckets
        self._clear_at: dict[str, int] = {}

    async def hit(self, bucket: str, limit: Limit) -> Verdict:
        now = self._now()
        owed, verdict = limit.hit(limit.owed(self._clear_at.get(bucket, now), now))
        if verdict.allowed:
            self._clear_at[bucket] = now + owed
            if len(self._clear_at) > self._most_buckets:
                self._make_room(now)
        return verdict

    async def look(self, bucket: str, limit: Limit) -> Verdict:
        now = self._now()
        return limit.look(limit.owed(self._clear_at.get(bucket, now), now))

    def _now(self) -> int:
        return (self._clock.now() - _EPOCH) // MICROSECOND

    def _make_room(self, now: int) -> None:
        # A tenth at a time, so that a flood of new buckets does not sort them all again and again.
        owing = [each for each in self._clear_at.items() if each[1] > now]
        owing.sort(key=itemgetter(1), reverse=True)
        self._clear_at = dict(owing[: self._most_buckets * 9 // 10])
