"""Work for each of many, a few at a time."""

import asyncio

import pytest

from application.for_each import for_each

pytestmark = pytest.mark.anyio


async def test_each_once_and_no_more_at_once_than_allowed() -> None:
    done: list[int] = []
    running = most = 0

    async def work(number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        done.append(number)

    await for_each(range(10), work, at_once=3)
    assert sorted(done) == list(range(10))
    assert most == 3


async def test_nothing_to_do_is_fine() -> None:
    await for_each([], asyncio.sleep, at_once=4)


async def test_the_first_failure_is_raised_as_it_is_and_ends_the_rest() -> None:
    begun: list[int] = []

    async def work(number: int) -> None:
        begun.append(number)
        await asyncio.sleep(0)
        raise ValueError(f"no {number}")

    with pytest.raises(ValueError, match=r"^no 0$"):
        await for_each(range(100), work, at_once=2)
    assert begun == [0, 1]


async def test_who_is_cancelled_leaves_nothing_running() -> None:
    ended: list[int] = []

    async def work(number: int) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(number)

    task = asyncio.create_task(for_each([1, 2], work, at_once=2))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(ended) == [1, 2]
