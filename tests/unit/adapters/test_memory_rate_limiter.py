"""Hits counted in memory."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from adapters.memory.clock import ManualClock
from adapters.memory.rate_limiter import MemoryRateLimiter
from domain.rates import Limit
from tests.unit.contracts.rate_limiter import PER_HOUR, RateLimiterContract

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


class TestMemoryRateLimiter(RateLimiterContract):
    @pytest.fixture
    def limiter(self, clock: ManualClock) -> MemoryRateLimiter:
        return MemoryRateLimiter(clock, most_buckets=100)

    @pytest.fixture
    def other(self, limiter: MemoryRateLimiter) -> MemoryRateLimiter:
        return limiter

    @pytest.fixture
    def wait(self, clock: ManualClock) -> Callable[[float], Awaitable[None]]:
        async def wait(seconds: float) -> None:
            clock.advance(timedelta(seconds=seconds))

        return wait

    async def test_a_flood_of_buckets_makes_only_those_forgotten_that_owe_little(
        self, limiter: MemoryRateLimiter
    ) -> None:
        for _ in range(3):
            await limiter.hit("guessed at", PER_HOUR)
        for number in range(1000):
            assert (await limiter.hit(str(number), PER_HOUR)).remaining == 2
            assert len(limiter._clear_at) <= 100
        assert not (await limiter.hit("guessed at", PER_HOUR)).allowed

    async def test_what_owes_nothing_any_more_goes_first(self, limiter: MemoryRateLimiter, clock: ManualClock) -> None:
        for number in range(50):
            await limiter.hit(f"old {number}", Limit(1, timedelta(seconds=1)))
        clock.advance(timedelta(seconds=1))
        for number in range(51):
            await limiter.hit(f"new {number}", PER_HOUR)
        assert len(limiter._clear_at) == 51

    async def test_a_clock_put_back_locks_nobody_out(self, limiter: MemoryRateLimiter, clock: ManualClock) -> None:
        for _ in range(3):
            await limiter.hit("a", PER_HOUR)
        clock.advance(timedelta(days=-1))
        assert (await limiter.hit("a", PER_HOUR)).retry_after == 1200
