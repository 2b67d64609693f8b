"""How the library is filtered, and what a filter cannot say."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.entity_filters import LARGEST_ID, NAMES, EntityFilter, read_filter
from domain.errors import Invalid
from domain.media_kinds import MediaKind
from tests.tables import over_rows

KINDS = st.sampled_from([MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO])
PARENTS = st.integers(1, LARGEST_ID)


@given(
    kind=st.none() | KINDS,
    mime_type=st.none() | st.sampled_from(["image/jpeg", "video/mp4"]),
    is_collection=st.none() | st.booleans(),
    parent_id=st.none() | PARENTS,
    is_deleted=st.none() | st.booleans(),
    space=st.sampled_from(["", " "]),
)
def test_what_is_written_is_read(
    kind: MediaKind | None,
    mime_type: str | None,
    is_collection: bool | None,
    parent_id: int | None,
    is_deleted: bool | None,
    space: str,
) -> None:
    values = zip(NAMES, (kind, mime_type, is_collection, parent_id, is_deleted), strict=True)
    terms = [f"{name}{space}={space}{str(value).lower()}" for name, value in values if value is not None]
    expected = EntityFilter(kind, mime_type, is_collection, parent_id, is_deleted=is_deleted)
    assert read_filter(f",{space}".join(terms)) == expected


@given(st.text(max_size=40))
def test_any_text_is_a_filter_or_invalid(text: str) -> None:
    with suppress(Invalid):
        assert isinstance(read_filter(text), EntityFilter)


@pytest.mark.parametrize("text", ["parent_id=null", "parent_id=", "parent_id=None"])
def test_what_lies_in_no_collection(text: str) -> None:
    assert read_filter(text) == EntityFilter(at_the_top=True)


@over_rows(
    "text",
    ["type", "colour=red", "type=file", "type=", "is_deleted=1", "parent_id=0", "parent_id=-1", "parent_id=\u0663",
     f"parent_id={LARGEST_ID + 1}", "type=image,type=video", "=image", "mime_type="],
)  # fmt: skip
def test_what_is_no_filter(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_filter(text)
    assert [each.field for each in refused.value.errors] == ["filter_param"]
