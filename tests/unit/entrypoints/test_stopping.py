"""Being asked to stop."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from entrypoints.stopping import Stop

pytestmark = pytest.mark.anyio

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@pytest.fixture
def usual_signals() -> Iterator[None]:
    """What the test run does about signals holds again afterwards."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


async def test_the_first_time_is_polite_and_the_second_for_good() -> None:
    stop = Stop()
    assert (stop.asked.is_set(), stop.now.is_set()) == (False, False)
    stop.ask()
    assert (stop.asked.is_set(), stop.now.is_set()) == (True, False)
    for _ in range(2):
        stop.ask()
        assert (stop.asked.is_set(), stop.now.is_set()) == (True, True)


async def test_who_waits_wakes_up() -> None:
    stop = Stop()
    waiting = asyncio.gather(stop.asked.wait(), stop.now.wait())
    await asyncio.sleep(0)
    stop.ask()
    stop.ask()
    async with asyncio.timeout(1):
        await waiting


@pytest.mark.parametrize("first", SIGNALS)
@pytest.mark.parametrize("second", SIGNALS)
@pytest.mark.usefixtures("usual_signals")
async def test_signals_ask(first: signal.Signals, second: signal.Signals) -> None:
    stop = Stop()
    stop.on_signals()
    try:
        async with asyncio.timeout(1):
            os.kill(os.getpid(), first)
            await stop.asked.wait()
            assert not stop.now.is_set()
            os.kill(os.getpid(), second)
            await stop.now.wait()
    finally:
        for number in SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(number)
