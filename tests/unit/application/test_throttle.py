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


HERE = "192.0.2.1"


async def fail(throttle: SignInThrottle, name: str, times: int, address: str | None = HERE) -> None:
    for _ in range(times):
        await throttle.check(name, address)
        await throttle.failed(name, address)


async def test_ten_failures_are_forgiven_and_no_more(throttle: SignInThrottle) -> None:
    await fail(throttle, "ann", 10)
    with pytest.raises(TooMany, match="try again in 30 s") as refused:
        await throttle.check("ann", HERE)
    assert refused.value.retry_after == 30
    await throttle.check("bob", HERE)


async def test_those_who_succeed_may_come_as_often_as_they_like(throttle: SignInThrottle) -> None:
    for _ in range(100):
        await throttle.check("ann", HERE)


async def test_nobody_is_locked_out_for_ever(throttle: SignInThrottle, clock: ManualClock) -> None:
    await fail(throttle, "ann", 10)
    for _ in range(20):
        for _ in range(100):
            with pytest.raises(TooMany):
                await throttle.check("ann", HERE)
        clock.advance(timedelta(seconds=30))
        await fail(throttle, "ann", 1)
    clock.advance(timedelta(minutes=5))
    await fail(throttle, "ann", 10)


async def test_a_name_is_the_same_however_it_is_typed(throttle: SignInThrottle) -> None:
    for name in ("ann@straße.example", "ANN@STRASSE.EXAMPLE", " Ann@Strasse.example "):
        await fail(throttle, name, 3)
    await throttle.failed("ann@strasse.example", HERE)
    with pytest.raises(TooMany):
        await throttle.check("Ann@straße.EXAMPLE", HERE)


async def test_guesses_that_were_under_way_together_are_told_nothing_past_the_limit(throttle: SignInThrottle) -> None:
    for _ in range(50):
        await throttle.check("ann", HERE)
    told = []
    for _ in range(50):
        try:
            await throttle.failed("ann", HERE)
            told.append("wrong")
        except TooMany as refused:
            told.append(refused.detail)
    assert told.count("wrong") == 10
    with pytest.raises(TooMany) as right:
        await throttle.check("ann", HERE)
    assert {right.value.detail} == set(told) - {"wrong"}


@pytest.mark.parametrize("name", ["", "\0", "half \ud83d", "x" * 100_000])
async def test_any_name_will_do(throttle: SignInThrottle, name: str) -> None:
    await fail(throttle, name, 10)
    with pytest.raises(TooMany):
        await throttle.check(name, HERE)


async def test_without_a_limiter_nothing_is_counted() -> None:
    await fail(SignInThrottle(None), "ann", 100)


async def test_a_stranger_elsewhere_keeps_nobody_out(throttle: SignInThrottle) -> None:
    await fail(throttle, "ann", 10, "198.51.100.9")
    with pytest.raises(TooMany):
        await throttle.check("ann", "198.51.100.9")
    await throttle.check("ann", HERE)


async def test_a_crowd_of_addresses_is_slowed_all_the_same(throttle: SignInThrottle) -> None:
    for last in range(30):
        await fail(throttle, "ann", 10, f"198.51.100.{last}")
    with pytest.raises(TooMany):
        await throttle.check("ann", HERE)


async def test_the_networks_of_one_customer_count_as_one(throttle: SignInThrottle) -> None:
    for last in range(10):
        await fail(throttle, "ann", 1, f"2001:db8::{last}")
    with pytest.raises(TooMany):
        await throttle.check("ann", "2001:db8::ffff")
    await throttle.check("ann", "2001:db8:1::1")
