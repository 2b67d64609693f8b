"""No place is left in a file, nothing else of it is lost, and no bytes hurt."""

import io
import re
import time
import zlib
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from domain.exif import read_exif
from domain.image_headers.reading import read_header
from domain.places.cleaning import COVERED, place_patches
from domain.places.patches import NotCleanable, Patch, ordered, patched, streamed
from domain.settings import StripMetadata
from tests.unit.domain.places.told import FORMATS, MOVES_NOTHING, PLACE_WORDS, silent, telling

SOON = 2.0
STRIPPING = (StripMetadata.GPS, StripMetadata.ALL)
WITH_EXIF = tuple(kind for kind in FORMATS if kind.startswith("image/") and kind != "image/gif")


def patches_of(file: bytes, mime_type: str, strip: StripMetadata) -> list[Patch]:
    return place_patches(mime_type, lambda at, length: file[at : at + length], len(file), strip)


def cleaned(file: bytes, mime_type: str, strip: StripMetadata) -> bytes:
    return patched(file, patches_of(file, mime_type, strip))


def laid_open(file: bytes) -> bytes:
    """With what is compressed or hexadecimal in it readable at the end."""
    parts = [file]
    for found in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", file):
        try:
            parts.append(zlib.decompressobj().decompress(file[found.start() :]))
        except zlib.error:
            continue
    return b"".join(parts)


@pytest.mark.parametrize("strip", STRIPPING)
@pytest.mark.parametrize("mime_type", FORMATS)
def test_no_word_of_the_place_is_left_and_the_rest_is_as_wanted(mime_type: str, strip: StripMetadata) -> None:
    before = telling(mime_type)
    after = cleaned(before, mime_type, strip)
    told, left = laid_open(before), laid_open(after)
    assert all(word not in left for word in PLACE_WORDS)
    assert any(word in told for word in PLACE_WORDS)
    assert b"digitalCapture" in left
    assert (b"A title" in left) is (strip is StripMetadata.GPS)
    assert b"A title" in told
    assert (len(after) == len(before)) or mime_type not in MOVES_NOTHING


@pytest.mark.parametrize("strip", STRIPPING)
@pytest.mark.parametrize("mime_type", [kind for kind in FORMATS if kind.startswith("image/")])
def test_pixels_and_colours_stay(mime_type: str, strip: StripMetadata) -> None:
    before, after = (Image.open(io.BytesIO(file)) for file in (
        telling(mime_type), cleaned(telling(mime_type), mime_type, strip)
    ))  # fmt: skip
    assert after.tobytes() == before.tobytes()
    assert after.info.get("icc_profile") == before.info.get("icc_profile")
    assert mime_type == "image/gif" or after.info.get("icc_profile")


@pytest.mark.parametrize("mime_type", WITH_EXIF)
def test_what_the_camera_says_stays_but_for_the_place(mime_type: str) -> None:
    def facts(file: bytes) -> dict[str, object]:
        header = read_header(file, complete=True)
        assert header is not None
        return dict(read_exif(header.exif or file))

    before = facts(telling(mime_type))
    assert before.pop("gps")
    assert facts(cleaned(telling(mime_type), mime_type, StripMetadata.GPS)) == before
    bare = facts(cleaned(telling(mime_type), mime_type, StripMetadata.ALL))
    assert bare == {name: value for name, value in before.items() if name == "orientation"}


@pytest.mark.parametrize("mime_type", FORMATS)
def test_a_file_that_tells_no_place_is_left_alone(mime_type: str) -> None:
    assert [patches_of(silent(mime_type), mime_type, strip) for strip in StripMetadata] == [[], [], []]
    assert patches_of(telling(mime_type), mime_type, StripMetadata.NONE) == []


@pytest.mark.parametrize("strip", STRIPPING)
@pytest.mark.parametrize("mime_type", FORMATS)
def test_there_is_nothing_to_do_the_second_time(mime_type: str, strip: StripMetadata) -> None:
    assert patches_of(cleaned(telling(mime_type), mime_type, strip), mime_type, strip) == []


def test_other_types_are_none_of_our_business() -> None:
    assert set(FORMATS) <= COVERED
    assert patches_of(b"%PDF-1.7 GPSLatitude", "application/pdf", StripMetadata.ALL) == []


def survives(file: bytes, mime_type: str) -> None:
    """It ends soon, with changes that lie in the file, or with the promised refusal."""
    start = time.process_time()
    for strip in STRIPPING:
        try:
            patches = patches_of(file, mime_type, strip)
        except NotCleanable:
            continue
        assert all(0 <= patch.at <= patch.end <= len(file) for patch in patches)
        after = patched(file, patches)
        assert len(after) == len(file) or mime_type not in MOVES_NOTHING
    assert time.process_time() - start < SOON


@pytest.mark.parametrize("mime_type", sorted(COVERED))
@given(content=st.binary(max_size=300))
def test_any_bytes(mime_type: str, content: bytes) -> None:
    survives(content, mime_type)


@pytest.mark.slow
@pytest.mark.parametrize("mime_type", FORMATS)
@given(data=st.data())
def test_damaged_files(mime_type: str, data: st.DataObject) -> None:
    file = bytearray(telling(mime_type))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, min(len(file), 6000) - 1))
        length = data.draw(st.sampled_from([1, 2, 4]))
        file[at : at + length] = data.draw(
            st.sampled_from([b"\0", b"\xff", b"\x7f", b"<", b"\x01"]) | st.binary(min_size=1, max_size=1)
        ) * len(file[at : at + length])
    cut = data.draw(st.integers(0, len(file)))
    survives(bytes(file[: cut or None]), mime_type)


@given(
    content=st.binary(max_size=200),
    cuts=st.lists(st.integers(0, 200), max_size=6),
    changes=st.lists(st.tuples(st.integers(0, 199), st.integers(0, 30), st.binary(max_size=9)), max_size=5),
    filler=st.sampled_from([b"", b" "]),
)
@pytest.mark.anyio
async def test_streaming_changes_the_same(
    content: bytes, cuts: list[int], changes: list[tuple[int, int, bytes]], filler: bytes
) -> None:
    patches, at = [], 0
    for start, length, fresh in sorted(changes):
        if start >= at and start + length <= len(content):
            patches.append(Patch(start, length, fresh, filler))
            at = start + max(length, 1)
    edges = sorted({0, len(content), *(cut for cut in cuts if cut < len(content))})

    async def pieces() -> AsyncIterator[bytes]:
        for first, last in pairwise(edges):
            yield content[first:last]

    streaming = b"".join([piece async for piece in streamed(pieces(), patches)])
    assert streaming == patched(content, patches)


def test_changes_that_cross_each_other_are_refused() -> None:
    with pytest.raises(NotCleanable):
        ordered([Patch(0, 4), Patch(2, 4)])
    assert ordered([Patch(2, 2), Patch(0, 8), Patch(8, 1)]) == [Patch(0, 8), Patch(8, 1)]
