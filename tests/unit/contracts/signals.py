"""What every carrier of signals promises."""

import anyio
import pytest

from application.ports.signals import Signals


class SignalsContract:
    """Suite for `Signals`; `other` are the same signals as another process has them."""

    async def test_a_signal_reaches_whoever_listens(self, signals: Signals, other: Signals) -> None:
        with anyio.fail_after(5):
            async with signals.listen("jobs") as here, other.listen("jobs") as there:
                await signals.send("jobs", "one – 写真\nand more")
                await other.send("jobs")
                assert {await anext(here), await anext(here)} == {"one – 写真\nand more", ""}
                assert {await anext(there), await anext(there)} == {"one – 写真\nand more", ""}

    async def test_payloads_keep_their_order(self, signals: Signals, other: Signals) -> None:
        with anyio.fail_after(5):
            async with other.listen("jobs") as heard:
                for number in range(50):
                    await signals.send("jobs", str(number))
                assert [await anext(heard) for _ in range(50)] == [str(number) for number in range(50)]

    async def test_topics_do_not_mix(self, signals: Signals, other: Signals) -> None:
        with anyio.fail_after(5):
            async with other.listen("jobs") as heard:
                await signals.send("job", "wrong")
                await signals.send("sessions", "wrong")
                await signals.send("jobs", "right")
                assert await anext(heard) == "right"

    async def test_what_was_sent_before_is_not_heard(self, signals: Signals, other: Signals) -> None:
        with anyio.fail_after(5):
            async with other.listen("jobs") as heard:
                await signals.send("jobs", "early")
                assert await anext(heard) == "early"
            async with other.listen("jobs") as heard:
                await signals.send("jobs", "late")
                assert await anext(heard) == "late"

    async def test_a_thousand_characters_of_any_alphabet_arrive(self, signals: Signals, other: Signals) -> None:
        with anyio.fail_after(5):
            async with other.listen("jobs") as heard:
                await signals.send("jobs", "🖼" * 1000)
                assert await anext(heard) == "🖼" * 1000

    @pytest.mark.parametrize("payload", ["x" * 1001, "NUL \0", "half \ud83d"])
    async def test_sending_never_raises(self, signals: Signals, payload: str) -> None:
        await signals.send("jobs", payload)

    async def test_nobody_waits_for_a_slow_listener(self, signals: Signals, other: Signals) -> None:
        with anyio.fail_after(20):
            async with other.listen("jobs"):
                for _ in range(1500):
                    await signals.send("jobs", "x")
