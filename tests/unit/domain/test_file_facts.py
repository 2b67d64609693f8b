"""What is believed of what a reader tells, and what a film makes of it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.exif import read_exif
from domain.file_facts import believed
from domain.recordings import Recording
from tests.tables import over_rows
from tests.unit.domain.test_exif import FACTS, FIRST, PLACE, SECOND, block

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from([*FACTS, "orientation", "gps", "tags", "latitude", "longitude", "title", "other"])


def test_what_a_camera_says_is_believed_as_it_is() -> None:
    told = read_exif(block({**FIRST, 0x0112: 6}, SECOND, PLACE))
    assert believed(told) == told


@over_rows(
    ("name", "value"),
    [
        ("exposure", -1), ("exposure", 0), ("exposure", "0.5"), ("f_number", float("inf")), ("focal_length", 1 << 40),
        ("iso", True), ("iso", 0.5), ("orientation", 9), ("taken_at", "yesterday"), ("taken_at", 5),
        ("camera_make", 5), ("camera_make", "\0\ud800"), ("software", ["a"]), ("gps", {"latitude": 1}), ("gps", "1 2"),
        ("gps", {"latitude": 91, "longitude": 1}), ("gps", {"latitude": 1, "longitude": float("nan")}),
        ("tags", ["a"]), ("tags", {"title": 5}), ("tags", {"other": "a"}), ("other", "a"), ("container", "exe"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_left_out(name: str, value: object) -> None:
    assert believed({name: value}) == {}


@pytest.mark.slow
@given(st.dictionaries(NAMES, JUNK | st.dictionaries(NAMES, JUNK)))
def test_nothing_that_is_told_can_hurt(told: dict[str, Any]) -> None:
    once = believed(told)
    assert believed(once) == once
    assert len(str(once)) < 20_000


def test_what_is_read_counts_and_what_is_not_stays() -> None:
    at = datetime(2024, 5, 6, tzinfo=UTC)
    film = Recording("mp4", 2.0, 64, 48, taken_at=at, place="+48.1+016.2/", tags={"title": "A", "genre": "B"})
    told = {
        "taken_at": "2024-05-06T07:08:09+02:00",
        "gps": {"latitude": -33.85, "longitude": 151.2, "altitude": -3.5},
        "tags": {"title": "C"},
        "camera_make": "no matter",
    }
    facts = film.with_facts(told).facts()
    assert facts == {
        "container": "mp4",
        "taken_at": "2024-05-06T07:08:09+02:00",
        "gps": {"latitude": -33.85, "longitude": 151.2, "altitude": -3.5},
        "tags": {"title": "C", "genre": "B"},
    }
    assert film.with_facts({}) == film
    assert film.with_facts({"taken_at": "2024-05-06T07:08:09"}).taken_at == at, "when that was nobody knows"
