"""A stream on its way in: looked at first, passed on whole, measured, stopped at its limit."""

import hashlib
from collections.abc import AsyncIterator, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.uploads.incoming import IncomingBytes, UploadTooLarge
from domain.projects import QuotaExceeded
from tests.tables import over_rows

pytestmark = pytest.mark.anyio

CHUNKS = st.lists(st.binary(max_size=20), max_size=8)


class Source:
    """Chunks, and how many of them were asked for."""

    def __init__(self, chunks: Iterable[bytes], *, breaks: bool = False) -> None:
        self._chunks = list(chunks)
        self._breaks = breaks
        self.given = 0

    async def stream(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            self.given += 1
            yield chunk
        if self._breaks:
            raise ConnectionResetError


def incoming(chunks: Iterable[bytes], limit: int | None = None) -> IncomingBytes:
    return IncomingBytes(Source(chunks).stream(), limit=limit)


async def drained(stream: IncomingBytes) -> bytes:
    return b"".join([chunk async for chunk in stream])


@given(CHUNKS, st.lists(st.integers(0, 200), max_size=3))
@pytest.mark.slow
async def test_looking_ahead_changes_nothing(chunks: list[bytes], looks: list[int]) -> None:
    whole = b"".join(chunks)
    stream = incoming(chunks)
    for length in looks:
        assert await stream.head(length) == whole[:length]
    assert stream.size == 0
    assert await drained(stream) == whole
    assert (stream.size, stream.ended) == (len(whole), True)
    assert stream.md5 == hashlib.md5(whole).hexdigest()
    assert stream.sha256 == hashlib.sha256(whole).hexdigest()


@given(CHUNKS, st.integers(0, 200), st.integers(0, 160))
async def test_the_limit_is_exact_and_nothing_beyond_it_is_passed_on(
    chunks: list[bytes], look: int, limit: int
) -> None:
    whole = b"".join(chunks)
    stream = incoming(chunks, limit)
    await stream.head(look)
    passed = b""
    try:
        async for chunk in stream:
            passed += chunk
    except UploadTooLarge:
        assert len(whole) > limit
    else:
        assert len(whole) <= limit
        assert passed == whole
    assert whole.startswith(passed)
    assert len(passed) <= limit
    assert stream.sha256 == hashlib.sha256(passed).hexdigest()


@given(CHUNKS)
async def test_empty_means_not_a_single_byte(chunks: list[bytes]) -> None:
    stream = incoming(chunks)
    await stream.head(1)
    assert stream.empty is (b"".join(chunks) == b"")
    await drained(stream)
    assert stream.empty is (b"".join(chunks) == b"")


async def test_nobody_knows_before_looking() -> None:
    stream = incoming([])
    assert (stream.empty, stream.ended) == (False, False)
    assert await stream.head(0) == b""
    assert not stream.ended
    assert await stream.head(1) == b""
    assert (stream.empty, stream.ended) == (True, True)


async def test_a_look_that_is_satisfied_exactly_does_not_know_the_end() -> None:
    stream = incoming([b"ab", b"c"])
    assert await stream.head(3) == b"abc"
    assert not stream.ended
    assert await stream.head(4) == b"abc"
    assert stream.ended


@over_rows(("length", "given"), [(0, 0), (1, 1), (2, 1), (3, 2), (6, 3), (7, 3)])
async def test_no_more_is_read_ahead_than_was_asked_for(length: int, given: int) -> None:
    source = Source([b"ab", b"cd", b"ef"])
    stream = IncomingBytes(source.stream(), limit=None)
    await stream.head(length)
    await stream.head(length)
    assert source.given == given


async def test_it_passes_on_as_it_comes() -> None:
    source = Source([b"ab", b"cd", b"ef"])
    chunks = aiter(IncomingBytes(source.stream(), limit=None))
    for number in (1, 2, 3):
        await anext(chunks)
        assert source.given == number


@over_rows("look", [0, 1, 4, 5])
async def test_a_stream_that_breaks_never_ends(look: int) -> None:
    stream = IncomingBytes(Source([b"ab", b"cd"], breaks=True).stream(), limit=None)

    async def look_and_read() -> None:
        await stream.head(look)
        await drained(stream)

    with pytest.raises(ConnectionResetError):
        await look_and_read()
    assert not stream.ended


async def test_the_limit_is_told() -> None:
    with pytest.raises(UploadTooLarge, match="3 bytes") as refused:
        await drained(incoming([b"abcd"], 3))
    assert refused.value.code == "upload_too_large"


async def test_a_limit_of_nothing_takes_nothing() -> None:
    assert await drained(incoming([b"", b""], 0)) == b""
    with pytest.raises(UploadTooLarge):
        await drained(incoming([b"a"], 0))


async def test_many_tiny_chunks_are_no_burden() -> None:
    stream = incoming([b"x"] * 50_000)
    assert len(await stream.head(50_000)) == 50_000
    assert len(await drained(stream)) == 50_000


async def test_a_stream_without_room_is_stopped_on_the_way() -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b"x" * 100

    stream = IncomingBytes(endless(), limit=None)
    assert stream.reserve(250) == 250
    with pytest.raises(QuotaExceeded, match="room for 250 more bytes"):
        await drained(stream)
    assert read == 3


async def test_a_file_read_ahead_to_its_end_reserves_what_it_is() -> None:
    stream = IncomingBytes(Source([b"abcd"]).stream(), limit=None, announced=1000)
    await stream.head(10)
    assert stream.reserve(4) == 4
    with pytest.raises(QuotaExceeded):
        stream.reserve(3)
    assert await drained(stream) == b"abcd"


@over_rows(
    ("announced", "room", "reserved"), [(100, 1000, 100), (100, 100, 100), (100, 30, 30), (70_000, 69_000, 69_000)]
)
async def test_what_was_announced_is_reserved_and_a_little_less_where_it_is_tight(
    announced: int, room: int, reserved: int
) -> None:
    assert IncomingBytes(Source([b"x"]).stream(), limit=None, announced=announced).reserve(room) == reserved


async def test_without_hope_nothing_is_reserved() -> None:
    stream = IncomingBytes(Source([b"x"]).stream(), limit=None, announced=100_000)
    with pytest.raises(QuotaExceeded, match="room for 30000 more bytes"):
        stream.reserve(30_000)
    with pytest.raises(QuotaExceeded):
        IncomingBytes(Source([b"x"]).stream(), limit=None).reserve(0)


async def test_what_is_announced_far_beyond_the_limit_is_refused_unread() -> None:
    source = Source([b"x"])
    with pytest.raises(UploadTooLarge, match="at most 1000 bytes"):
        IncomingBytes(source.stream(), limit=1000, announced=1000 + (1 << 16) + 1)
    IncomingBytes(source.stream(), limit=1000, announced=1000 + (1 << 16))
    assert source.given == 0
