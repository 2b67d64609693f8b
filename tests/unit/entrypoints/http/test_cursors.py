"""A cursor comes back as it went out, or not at all."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.crypto.seals import HmacSeals
from adapters.memory.clock import ManualClock
from adapters.memory.installation_secrets import MemoryInstallationSecrets
from adapters.memory.state import MemoryDatabase
from domain.pages import Mark
from entrypoints.http.cursors import LONGEST, BadCursor, Cursors
from tests.tables import over_rows
from tests.unit.contracts.things import NOW, ODD_TEXT

pytestmark = pytest.mark.anyio

MARKS = [Mark(value, UUID(int=7)) for value in (NOW, ODD_TEXT, "", "2026-01-01T00:00:00+00:00", 0, 2**62)]


def fresh() -> Cursors:
    return Cursors(HmacSeals(MemoryInstallationSecrets(MemoryDatabase(ManualClock(NOW)))))


@pytest.fixture(scope="module")
def cursors() -> Cursors:
    return fresh()


@over_rows("mark", MARKS, ids=lambda mark: ascii(mark.value))
async def test_round_trip(cursors: Cursors, mark: Mark) -> None:
    cursor = await cursors.write("a list", mark, 12)
    assert cursor.isascii()
    assert not set(cursor) & set("&=+/?#% ")
    assert await cursors.read("a list", cursor) == (mark, 12)


async def test_the_longest_name_there_can_be_makes_no_cursor_that_is_too_long(cursors: Cursors) -> None:
    assert len(await cursors.write("a list", Mark('"' * 4096, UUID(int=7)), 10**9)) < LONGEST


async def test_another_list_and_another_installation_do_not_know_it(cursors: Cursors) -> None:
    cursor = await cursors.write("a list", MARKS[0], 2)
    for other, about in ((cursors, "a list "), (cursors, ""), (fresh(), "a list")):
        with pytest.raises(BadCursor) as bad:
            await other.read(about, cursor)
        assert [error.field for error in bad.value.errors] == ["cursor"]


@over_rows("wrong", ["", ".", "a.b", "x" * (LONGEST + 1), "写真", "W10.", ".W10"])
async def test_nonsense(cursors: Cursors, wrong: str) -> None:
    with pytest.raises(BadCursor):
        await cursors.read("a list", wrong)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_not_one_character_can_be_changed(cursors: Cursors, data: st.DataObject) -> None:
    cursor = await cursors.write("a list", Mark(datetime(2026, 1, 1, tzinfo=UTC), UUID(int=7)), 3)
    at = data.draw(st.integers(0, len(cursor) - 1))
    other = data.draw(st.sampled_from("ABCxyz019-_.=").filter(lambda character: character != cursor[at]))
    with pytest.raises(BadCursor):
        await cursors.read("a list", cursor[:at] + other + cursor[at + 1 :])
