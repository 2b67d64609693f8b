"""Being asked to stop."""

import asyncio
import os
import signal
from typing import Any

import pytest

from entrypoints.stopping import Stop

pytestmark = pytest.mark.anyio

SIGNALS = (signal.SIGTERM, signal.SIGINT)


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
async def test_signals_ask(first: signal.Signals, second: signal.Signals) -> None:
    stop = Stop()
    with stop.on_signals():
        async with asyncio.timeout(1):
            os.kill(os.getpid(), first)
            await stop.asked.wait()
            assert not stop.now.is_set()
            os.kill(os.getpid(), second)
            await stop.now.wait()


async def test_signals_do_again_what_they_did(monkeypatch: pytest.MonkeyPatch) -> None:
    exchanged: list[tuple[int, object]] = []
    exchange = signal.signal

    def watched(number: int, handler: Any) -> Any:
        exchanged.append((number, handler))
        return exchange(number, handler)

    before = [signal.getsignal(number) for number in SIGNALS]
    monkeypatch.setattr(signal, "signal", watched)
    with Stop().on_signals():
        ours = [signal.getsignal(number) for number in SIGNALS]
    assert [handler for _, handler in exchanged] == [*ours, *before], "there is no moment with a third handler"


async def test_what_is_given_up_is_cancelled_once_asked() -> None:
    stop, seen = Stop(), []
    asyncio.get_running_loop().call_later(0.01, stop.ask)
    async with asyncio.timeout(5):
        async with stop.giving_up():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                seen.append("cancelled")
                raise
        seen.append("behind")
        await asyncio.sleep(0)
    assert seen == ["cancelled", "behind"]


async def test_who_was_asked_before_does_not_wait() -> None:
    stop = Stop()
    stop.ask()
    async with asyncio.timeout(5), stop.giving_up():
        await asyncio.Event().wait()


async def test_nothing_is_given_up_without_being_asked() -> None:
    stop = Stop()
    async with stop.giving_up():
        await asyncio.sleep(0)
    stop.ask()
    await asyncio.sleep(0.01)
    with pytest.raises(TimeoutError, match="ours"):
        async with Stop().giving_up():
            raise TimeoutError("ours")


async def test_a_cancellation_from_outside_stays_one() -> None:
    stop = Stop()

    async def wait() -> None:
        async with stop.giving_up():
            await asyncio.Event().wait()

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
