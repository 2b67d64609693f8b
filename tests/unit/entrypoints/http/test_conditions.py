"""What a client has already is not sent again, and parts only of the same bytes."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.http.conditions import http_date, parts_allowed, unchanged
from tests.tables import over_rows

ETAG = '"abc"'
MODIFIED = datetime(2026, 7, 31, 23, 59, 59, 123456, tzinfo=UTC)
THEN = "Fri, 31 Jul 2026 23:59:59 GMT"
BEFORE = "Fri, 31 Jul 2026 23:59:58 GMT"
AFTER = "Sat, 01 Aug 2026 00:00:00 GMT"
NO_DATES = ("", "yesterday", "Fri, 99 Jul 2026 23:59:59 GMT", "9" * 5000, f"Fri, 31 Jul {'9' * 40} 1:1:1 GMT", "\x00")


@over_rows(
    ("told", "same"),
    [
        (ETAG, True),
        (f"W/{ETAG}", True),
        (f'"x", {ETAG}', True),
        (f'"x",W/{ETAG}', True),
        (f'"a,b", {ETAG} , "c"', True),
        ("*", True),
        (" * ", True),
        ('"x"', False),
        ("abc", False),
        ("", False),
        (f'"x{ETAG}', False),
        ('"x, abc"', False),
        ("W/abc", False),
    ],
)
def test_tags(told: str, same: bool) -> None:
    assert unchanged({"if-none-match": told}, ETAG, MODIFIED) is same


@over_rows(("told", "same"), [(THEN, True), (AFTER, True), (BEFORE, False), *((x, False) for x in NO_DATES)])
def test_dates(told: str, same: bool) -> None:
    assert unchanged({"if-modified-since": told}, ETAG, MODIFIED) is same


def test_a_date_counts_only_where_no_tag_is_told() -> None:
    assert not unchanged({"if-none-match": '"x"', "if-modified-since": AFTER}, ETAG, MODIFIED)
    assert unchanged({"if-none-match": ETAG, "if-modified-since": BEFORE}, ETAG, MODIFIED)
    assert not unchanged({}, ETAG, MODIFIED)


@over_rows(
    ("told", "allowed"),
    [
        (ETAG, True),
        (f" {ETAG} ", True),
        (THEN, True),
        ("Friday, 31-Jul-26 23:59:59 GMT", True),
        (f"W/{ETAG}", False),
        ('"x"', False),
        ("abc", False),
        ("*", False),
        (f'{ETAG}, "x"', False),
        (BEFORE, False),
        (AFTER, False),
        *((each, False) for each in NO_DATES),
    ],
)
def test_a_part_of_something_else_is_never_sent(told: str, allowed: bool) -> None:
    assert parts_allowed({"if-range": told}, ETAG, MODIFIED) is allowed


def test_parts_are_sent_where_no_condition_is_told() -> None:
    assert parts_allowed({}, ETAG, MODIFIED)


@given(
    st.text() | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,3} [A-Z][a-z]{2} [0-9]{1,6} [0-9:]{1,9} (GMT|[+-][0-9]{1,5})")
)
@pytest.mark.slow
def test_no_date_breaks_anything(told: str) -> None:
    found = http_date(told)
    assert found is None or found.tzinfo is UTC
