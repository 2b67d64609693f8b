"""Cutting streams into parts."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.minio.multipart import MOST_PARTS, PART, part_sizes
from adapters.minio.parts import cut
from domain.errors import Invalid
from tests.unit.contracts.blob_store import read_into, stream

pytestmark = pytest.mark.anyio
MIB, TIB = 1024**2, 1024**4


@given(st.lists(st.binary(max_size=20)), st.lists(st.integers(1, 9), min_size=1), st.booleans())
async def test_parts_are_the_stream_in_the_sizes_wanted(chunks: list[bytes], sizes: list[int], announced: bool) -> None:
    whole = b"".join(chunks)
    sizes = [*sizes, *[7] * 200]
    parts = [part async for part in cut(stream(*chunks), iter(sizes), len(whole) if announced else None)]
    assert b"".join(parts) == whole
    assert [len(part) for part in parts[:-1]] == sizes[: len(parts) - 1]
    assert len(parts[-1]) <= sizes[len(parts) - 1]
    assert all(parts) or parts == [b""]


@pytest.mark.slow
@given(st.lists(st.binary(max_size=20)), st.integers(0, 100))
async def test_another_total_is_never_handed_out_whole(chunks: list[bytes], total: int) -> None:
    whole = b"".join(chunks)
    if total == len(whole):
        return
    seen = bytearray()
    with pytest.raises(Invalid):
        await read_into(seen, cut(stream(*chunks), iter([7] * 400), total))
    assert len(seen) < len(whole) or not whole


async def test_a_stream_longer_than_all_parts_is_refused() -> None:
    with pytest.raises(Invalid):
        _ = [part async for part in cut(stream(b"12345"), iter([2, 2]), None)]


def test_any_length_fits_into_the_parts_there_are() -> None:
    assert sum(part_sizes()) > 5 * TIB
    assert list(islice(part_sizes(), 1000)) == [PART] * 1000
    for size in [0, 1, 100 * MIB, 79_000 * MIB, 5 * TIB]:
        sizes = list(part_sizes(size))
        assert len(set(sizes)) == 1
        assert len(sizes) <= MOST_PARTS
        assert sum(sizes) >= size
        assert min(sizes) >= 5 * MIB
