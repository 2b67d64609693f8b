"""Which bytes a Range asks for."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.http.ranges import MOST_ASKED, MOST_PARTS, ByteRange, UnsatisfiableRange, wanted_ranges
from tests.tables import over_rows

SIZES = st.integers(0, 300)
SOME = st.none() | st.integers(0, 400)


def asked(value: str, size: int = 100) -> list[tuple[int, int]]:
    return [(part.start, part.end) for part in wanted_ranges(value, size)]


@over_rows(
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
        ("bytes= 0-9\t", 0, 10),
    ],
)
def test_one_range_is_served(value: str, start: int, end: int) -> None:
    assert asked(value) == [(start, end)]
    assert ByteRange(start, end).length == end - start


@over_rows(
    ("value", "parts"),
    [
        ("bytes=0-1,5-6", [(0, 2), (5, 7)]),
        ("bytes=5-6, 0-1", [(5, 7), (0, 2)]),
        ("bytes=0-1 ,\t-2", [(0, 2), (98, 100)]),
        ("bytes=0-4,2-9", [(0, 10)]),
        ("bytes=0-4,5-9", [(0, 10)]),
        ("bytes=0-4,6-9", [(0, 5), (6, 10)]),
        ("bytes=50-59,0-4,60-69,90-", [(50, 70), (0, 5), (90, 100)]),
        ("bytes=90-,0-4,60-69,5-89", [(0, 100)]),
        ("bytes=0-0,0-0,0-0", [(0, 1)]),
        ("bytes=0-1,200-300", [(0, 2)]),
        ("bytes=200-,-0,3-4", [(3, 5)]),
        ("bytes=0-,-1", [(0, 100)]),
    ],
)
def test_several_are_served_in_their_order_and_those_that_touch_as_one(
    value: str, parts: list[tuple[int, int]]
) -> None:
    assert asked(value) == parts


@over_rows("value", ["bytes=100-", "bytes=100-200", "bytes=101-101", "bytes=-0", "bytes=100-,-0,400-500"])
def test_ranges_beyond_the_end_are_refused(value: str) -> None:
    with pytest.raises(UnsatisfiableRange):
        asked(value)


@over_rows("value", ["bytes=0-", "bytes=0-0", "bytes=-5", "bytes=-0", "bytes=0-1,-1"])
def test_nothing_has_no_parts(value: str) -> None:
    with pytest.raises(UnsatisfiableRange):
        asked(value, 0)


@over_rows(
    "value",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=5-4",
        "bytes=200-100",
        "bytes=0-1,",
        "bytes=,",
        "bytes=0-1,,5-6",
        "bytes=0-1,5-4",
        "bytes=0-1,x",
        "bytes=0-1;5-6",
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
        "bytes=" + ",".join(f"{2 * n}-{2 * n}" for n in range(MOST_PARTS + 1)),
        "bytes=" + ",".join(["0-0"] * (MOST_ASKED + 1)),
        "bytes=" + "," * 60_000,
    ],
)
def test_whatever_else_is_asked_gets_the_whole(value: str) -> None:
    assert asked(value) == []


def test_as_many_as_there_may_be() -> None:
    parts = [(2 * n, 2 * n + 1) for n in range(MOST_PARTS)]
    assert asked("bytes=" + ",".join(f"{start}-{start}" for start, _ in parts)) == parts
    assert asked("bytes=" + ",".join(f"{n}-{n}" for n in range(MOST_ASKED))) == [(0, MOST_ASKED)]


@given(SIZES, SOME, SOME)
def test_a_part_is_what_slicing_gives(size: int, first: int | None, last: int | None) -> None:
    content = bytes(number % 256 for number in range(size))
    value = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    if first is None:
        expected = content[-last:] if last else b""
    else:
        expected = content[first:] if last is None else content[first : last + 1]
    try:
        parts = wanted_ranges(value, size)
    except UnsatisfiableRange:
        assert expected == b""
    else:
        if not parts:
            assert (first, last) == (None, None) or (first is not None and last is not None and last < first)
        else:
            (part,) = parts
            assert content[part.start : part.end] == expected
            assert 0 <= part.start < part.end <= size


@given(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 30)), min_size=1, max_size=12), st.integers(1, 100))
def test_all_parts_together_are_what_was_asked_and_no_byte_goes_out_twice(
    wanted: list[tuple[int, int]], size: int
) -> None:
    expected = {at for start, more in wanted for at in range(start, min(size, start + more + 1))}
    try:
        parts = asked("bytes=" + ",".join(f"{start}-{start + more}" for start, more in wanted), size)
    except UnsatisfiableRange:
        assert not expected
        return
    if parts:
        sent = [at for start, end in parts for at in range(start, end)]
        assert sorted(sent) == sorted(expected)
        firsts = [
            min(n for n, (start, more) in enumerate(wanted) if begin <= start < end and start < size)
            for begin, end in parts
        ]
        assert firsts == sorted(firsts)


@given(st.text() | st.from_regex(r"\s*bytes=[0-9 ,-]{0,40}"), SIZES)
def test_whatever_is_asked_the_parts_lie_inside(value: str, size: int) -> None:
    try:
        parts = wanted_ranges(value, size)
    except UnsatisfiableRange:
        assert re.search(r"[0-9]", value)
        return
    assert all(0 <= part.start < part.end <= size for part in parts)
