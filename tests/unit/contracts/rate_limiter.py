"""What every rate limiter promises."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import anyio
import pytest

from application.ports.rate_limiter import RateLimiter
from domain.rates import Limit, Verdict

HOUR = timedelta(hours=1)
PER_HOUR = Limit(3, HOUR)
QUICK = Limit(2, timedelta(seconds=3))


class RateLimiterContract:
    """Suite for `RateLimiter`; `other` shares its counts with `limiter`, `wait` lets seconds of their clock pass."""

    async def test_so_many_and_no_more(self, limiter: RateLimiter) -> None:
        verdicts = [await limiter.hit("a", PER_HOUR) for _ in range(5)]
        assert [each.allowed for each in verdicts] == [True, True, True, False, False]
        assert [each.remaining for each in verdicts] == [2, 1, 0, 0, 0]
        assert verdicts[0].reset_after == 1200
        assert verdicts[-1].reset_after == pytest.approx(3600, abs=60)
        assert [each.retry_after for each in verdicts[2:]] == pytest.approx([1200] * 3, abs=60)
        assert [each.retry_after for each in verdicts[:2]] == [0, 0]

    async def test_buckets_do_not_mix(self, limiter: RateLimiter) -> None:
        for _ in range(4):
            await limiter.hit("a", PER_HOUR)
        assert (await limiter.hit("b", PER_HOUR)).remaining == 2
        assert not (await limiter.look("a", PER_HOUR)).allowed

    async def test_looking_counts_nothing(self, limiter: RateLimiter) -> None:
        untouched = Verdict(allowed=True, remaining=3, reset_after=0, retry_after=0)
        assert [await limiter.look("a", PER_HOUR) for _ in range(5)] == [untouched] * 5
        for _ in range(3):
            await limiter.hit("a", PER_HOUR)
        full = await limiter.look("a", PER_HOUR)
        assert (full.allowed, full.remaining) == (False, 0)
        assert full.retry_after == pytest.approx(1200, abs=60)

    async def test_waiting_as_told_is_enough(
        self, limiter: RateLimiter, wait: Callable[[float], Awaitable[None]]
    ) -> None:
        for _ in range(2):
            await limiter.hit("a", QUICK)
        refused = await limiter.hit("a", QUICK)
        assert not refused.allowed
        await wait(refused.retry_after)
        assert (await limiter.hit("a", QUICK)).allowed
        assert not (await limiter.hit("a", QUICK)).allowed

    async def test_refused_hits_do_not_make_the_wait_longer(
        self, limiter: RateLimiter, wait: Callable[[float], Awaitable[None]]
    ) -> None:
        for _ in range(50):
            refused = await limiter.hit("a", QUICK)
        await wait(refused.retry_after)
        assert (await limiter.hit("a", QUICK)).allowed

    async def test_all_is_forgotten_in_the_end(
        self, limiter: RateLimiter, wait: Callable[[float], Awaitable[None]]
    ) -> None:
        reset_after = [(await limiter.hit("a", QUICK)).reset_after for _ in range(2)][-1]
        await wait(reset_after)
        assert await limiter.look("a", QUICK) == Verdict(allowed=True, remaining=2, reset_after=0, retry_after=0)

    async def test_no_hit_is_lost_among_many_at_once(self, limiter: RateLimiter, other: RateLimiter) -> None:
        limit, verdicts = Limit(20, HOUR), list[Verdict]()

        async def some(through: RateLimiter) -> None:
            for _ in range(5):
                verdicts.append(await through.hit("a", limit))

        async with anyio.create_task_group() as group:
            for through in [limiter, other] * 8:
                group.start_soon(some, through)
        assert sum(each.allowed for each in verdicts) == 20
        assert sorted(each.remaining for each in verdicts if each.allowed) == list(range(20))

    @pytest.mark.parametrize("bucket", ["", "写真", "with space\nand line", "x" * 1000])
    async def test_any_name_will_do(self, limiter: RateLimiter, bucket: str) -> None:
        assert (await limiter.hit(bucket, PER_HOUR)).remaining == 2
        assert (await limiter.hit(bucket, PER_HOUR)).remaining == 1
