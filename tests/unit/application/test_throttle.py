"""Guessing passwords is slow, for accounts that exist and for those that do not."""

from datetime import timedelta

import pytest

from adapters.memory.clock import ManualClock
from adapters.memory.rate_limiter import MemoryRateLimiter
from application.identity.throttle import SignInThrottle
from domain.errors import TooMany

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def throttle(clock: ManualClock) -> SignInThrottle:
    return SignInThrottle(MemoryRateLimiter(clock))


async def fail(throttle: SignInThrottle, name: str, times: int) -> None:
    for _ in range(times):
        await throttle.check(name)
        await throttle.failed(name)


async def test_ten_failures_are_forgiven_and_no_more(throttle: SignInThrottle) -> None:
    await fail(throttle, "ann", 10)
    with pytest.raises(TooMany, match="try again in 30 s") as refused:
        await throttle.check("ann")
    assert refused.value.retry_after == 30
    await throttle.check("bob")


async def test_those_who_succeed_may_come_as_often_as_they_like(throttle: SignInThrottle) -> None:
    for _ in range(100):
        await throttle.check("ann")


async def test_nobody_is_locked_out_for_ever(throttle: SignInThrottle, clock: ManualClock) -> None:
    await fail(throttle, "ann", 10)
    for _ in range(20):
        for _ in range(100):
            with pytest.raises(TooMany):
                await throttle.check("ann")
        clock.advance(timedelta(seconds=30))
        await fail(throttle, "ann", 1)
    clock.advance(timedelta(minutes=5))
    await fail(throttle, "ann", 10)


async def test_a_name_is_the_same_however_it_is_typed(throttle: SignInThrottle) -> None:
    for name in ("ann@straße.example", "ANN@STRASSE.EXAMPLE", " Ann@Strasse.example "):
        await fail(throttle, name, 3)
    await throttle.failed("ann@strasse.example")
    with pytest.raises(TooMany):
        await throttle.check("Ann@straße.EXAMPLE")


async def test_guesses_that_were_under_way_together_are_told_nothing_past_the_limit(throttle: SignInThrottle) -> None:
    for _ in range(50):
        await throttle.check("ann")
    told = []
    for _ in range(50):
        try:
            await throttle.failed("ann")
            told.append("wrong")
        except TooMany as refused:
            told.append(refused.detail)
    assert told.count("wrong") == 10
    with pytest.raises(TooMany) as right:
        await throttle.check("ann")
    assert {right.value.detail} == set(told) - {"wrong"}


@pytest.mark.parametrize("name", ["", "\0", "half \ud83d", "x" * 100_000])
async def test_any_name_will_do(throttle: SignInThrottle, name: str) -> None:
    await fail(throttle, name, 10)
    with pytest.raises(TooMany):
        await throttle.check(name)


async def test_without_a_limiter_nothing_is_counted() -> None:
    await fail(SignInThrottle(None), "ann", 100)
