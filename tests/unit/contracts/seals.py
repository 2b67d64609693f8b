"""What every maker of seals promises."""

import re
from base64 import urlsafe_b64decode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.ports.seals import Seals

TEXTS = ("", "a", "a b", "naïve – 写真 🖼", "\x00", "x" * 10_000, "\ud800")


class SealsContract:
    """Suite for `Seals`: `seals` and `colleague` are two instances of one installation, `stranger` of another."""

    @pytest.mark.parametrize("text", TEXTS, ids=ascii)
    async def test_a_seal_fits_what_it_was_made_of_on_every_instance(
        self, seals: Seals, colleague: Seals, text: str
    ) -> None:
        seal = await seals.of("cursor", text)
        assert await seals.fits("cursor", text, seal)
        assert await colleague.fits("cursor", text, seal)
        assert await colleague.of("cursor", text) == seal

    async def test_it_is_safe_in_an_address_and_too_long_to_guess(self, seals: Seals) -> None:
        for text in TEXTS:
            seal = await seals.of("cursor", text)
            assert re.fullmatch(r"[A-Za-z0-9_-]{22,}", seal)
            assert len(urlsafe_b64decode(seal + "=" * (-len(seal) % 4))) >= 16

    async def test_nothing_else_fits(self, seals: Seals, stranger: Seals) -> None:
        seal = await seals.of("cursor", "a text")
        assert not await seals.fits("content", "a text", seal), "another purpose"
        assert not await seals.fits("cursor", "a text ", seal), "another text"
        assert not await stranger.fits("cursor", "a text", seal), "another installation"
        last = "A" if seal[-5] != "A" else "B"
        another = seal[:-5] + last + seal[-4:]
        for wrong in ("", seal[:-1], seal + "=", seal + "A", f" {seal}", another, "写真", "\ud800"):
            assert not await seals.fits("cursor", "a text", wrong), wrong

    async def test_where_purpose_ends_and_text_begins_cannot_be_moved(self, seals: Seals) -> None:
        assert await seals.of("ab", "c") != await seals.of("a", "bc")
        assert await seals.of("a:1", "") != await seals.of("a", ":1")

    @given(st.text(), st.text())
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    async def test_different_texts_have_different_seals(self, seals: Seals, one: str, other: str) -> None:
        assert (await seals.of("cursor", one) == await seals.of("cursor", other)) is (one == other)
