"""Which bytes a Range asks for."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.http.ranges import ByteRange, UnsatisfiableRange, wanted_range

ETAG = '"abc"'
SIZES = st.integers(0, 300)
SOME = st.none() | st.integers(0, 400)


def asked(value: str, size: int = 100, *, condition: str | None = None) -> ByteRange | None:
    conditions = {} if condition is None else {"if-range": condition}
    return wanted_range({"range": value, **conditions}, size, ETAG)


@pytest.mark.parametrize(
    ("value", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-9", 0, 10),
        ("bytes=10-19", 10, 20),
        ("bytes=99-99", 99, 100),
        ("bytes=0-99", 0, 100),
        ("bytes=0-100", 0, 100),
        ("bytes=90-999999999999999999", 90, 100),
        ("bytes=0-", 0, 100),
        ("bytes=99-", 99, 100),
        ("bytes=-1", 99, 100),
        ("bytes=-100", 0, 100),
        ("bytes=-101", 0, 100),
        ("bytes=007-009", 7, 10),
        ("Bytes=0-9", 0, 10),
        (" bytes=0-9 ", 0, 10),
    ],
)
def test_one_range_is_served(value: str, start: int, end: int) -> None:
    part = asked(value)
    assert part == ByteRange(start, end)
    assert part.length == end - start


@pytest.mark.parametrize("value", ["bytes=100-", "bytes=100-200", "bytes=101-101", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused(value: str) -> None:
    with pytest.raises(UnsatisfiableRange):
        asked(value)


@pytest.mark.parametrize("value", ["bytes=0-", "bytes=0-0", "bytes=-5", "bytes=-0"])
def test_nothing_has_no_parts(value: str) -> None:
    with pytest.raises(UnsatisfiableRange):
        asked(value, 0)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=5-4",
        "bytes=200-100",
        "bytes=0-1,5-6",
        "bytes=0-1,",
        "bytes=a-b",
        "bytes=--5",
        "bytes=+1-2",
        "bytes=1.0-2",
        "bytes=1 0-2 0",
        "bytes=0x1-0x2",
        "bytes=١-٢",
        "items=0-9",
        "0-9",
        f"bytes={'9' * 5000}-",
        f"bytes=-{'9' * 5000}",
    ],
)
def test_whatever_else_is_asked_gets_the_whole(value: str) -> None:
    assert asked(value) is None


def test_no_range_is_the_whole() -> None:
    assert wanted_range({}, 100, ETAG) is None


@pytest.mark.parametrize(
    ("condition", "part"),
    [
        (ETAG, ByteRange(0, 10)),
        ('"other"', None),
        (f"W/{ETAG}", None),
        ("abc", None),
        ("", None),
        ("Thu, 01 Jan 2026 00:00:00 GMT", None),
    ],
)
def test_a_part_of_something_else_is_never_served(condition: str, part: ByteRange | None) -> None:
    assert asked("bytes=0-9", condition=condition) == part


def test_what_changed_is_served_whole_even_when_the_range_lies_beyond() -> None:
    assert asked("bytes=200-", condition='"other"') is None


@given(SIZES, SOME, SOME)
def test_a_part_is_what_slicing_gives(size: int, first: int | None, last: int | None) -> None:
    content = bytes(number % 256 for number in range(size))
    value = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    if first is None:
        expected = content[-last:] if last else b""
    else:
        expected = content[first:] if last is None else content[first : last + 1]
    try:
        part = asked(value, size)
    except UnsatisfiableRange:
        assert expected == b""
    else:
        if part is None:
            assert (first, last) == (None, None) or (first is not None and last is not None and last < first)
        else:
            assert content[part.start : part.end] == expected
            assert 0 <= part.start < part.end <= size


@given(st.text() | st.from_regex(r"\s*bytes=[0-9 ,-]{0,40}"), SIZES)
def test_whatever_is_asked_the_part_lies_inside(value: str, size: int) -> None:
    try:
        part = asked(value, size)
    except UnsatisfiableRange:
        assert re.search(r"[0-9]", value)
        return
    assert part is None or 0 <= part.start < part.end <= size
