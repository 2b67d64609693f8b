"""Which keys every store takes."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.blob_keys import LONGEST_KEY, LONGEST_NAME, check_key, check_prefix
from domain.errors import Invalid
from domain.object_keys import file_key, slugify, variant_key
from tests.tables import over_rows
from tests.unit.contracts.blob_store import AWKWARD, REFUSED


@given(st.text())
def test_every_key_we_build_is_taken(name: str) -> None:
    check_key(file_key(slugify(name), uuid4(), uuid4(), "bin"))
    check_key(variant_key(slugify(name), uuid4(), "thumb", uuid4(), "webp", "0123456789"))


@over_rows("key", AWKWARD)
def test_awkward_keys_are_taken_and_so_is_whatever_they_begin_with(key: str) -> None:
    check_key(key)
    for length in range(len(key)):
        check_prefix(key[:length])


@over_rows("key", REFUSED)
def test_bad_keys_are_refused(key: str) -> None:
    with pytest.raises(Invalid):
        check_key(key)


def test_lengths_count_bytes() -> None:
    check_key("é" * (LONGEST_NAME // 2))
    with pytest.raises(Invalid):
        check_key("é" * (LONGEST_NAME // 2 + 1))
    name = "n" * 204
    check_key("/".join([name] * 5))
    assert len("/".join([name] * 5)) == LONGEST_KEY
    with pytest.raises(Invalid):
        check_key("/".join([name] * 5) + "x")


@given(st.text(alphabet=st.characters(blacklist_categories=[])))
def test_a_key_that_is_taken_cannot_leave_a_folder(key: str) -> None:
    try:
        check_key(key)
    except Invalid:
        return
    assert not set(key.split("/")) & {"", ".", ".."}
    assert key.encode().decode() == key
