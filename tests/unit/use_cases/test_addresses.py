"""Where clients find the bytes: promised at the upload, and true for ever."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.files.addresses import Addresses
from domain.media import FileStatus, MediaFile, Variant, VariantStatus
from domain.media_kinds import MediaKind
from domain.settings import Visibility

FILE_ID = UUID("22222222-2222-4222-8222-222222222222")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def variant(name: str) -> Variant:
    return Variant(FILE_ID, name, "r1", f"shop-1/images/{name}/{FILE_ID}.webp", "image/webp")


FILE = MediaFile(
    FILE_ID,
    UUID(int=1),
    "my cat.png",
    MediaKind.IMAGE,
    "image/png",
    f"shop-1/images/original/{FILE_ID}.png",
    FileStatus.PROCESSING,
    NOW,
    NOW,
    variants=(variant("thumb"), variant("large")),
)
OURS = Addresses("https://media.example.com")


class PublicBucket:
    """A store that serves everybody."""

    async def publish(self) -> None:
        return

    def address(self, key: str) -> str:
        return f"https://bucket.example.com/{key}"


THEIRS = Addresses("https://media.example.com", PublicBucket())


@pytest.mark.parametrize(
    ("addresses", "begin"), [(OURS, "https://media.example.com/blobs/"), (THEIRS, "https://bucket.example.com/")]
)
def test_public_addresses_are_made_of_the_key(addresses: Addresses, begin: str) -> None:
    assert addresses.original(FILE, Visibility.PUBLIC) == begin + FILE.key
    assert addresses.variants(FILE, Visibility.PUBLIC) == {
        "thumb": f"{begin}shop-1/images/thumb/{FILE_ID}.webp",
        "large": f"{begin}shop-1/images/large/{FILE_ID}.webp",
    }


@pytest.mark.parametrize("addresses", [OURS, THEIRS])
def test_private_addresses_lead_through_us_and_tell_no_key(addresses: Addresses) -> None:
    content = f"https://media.example.com/files/{FILE_ID}/content"
    assert addresses.original(FILE, Visibility.PRIVATE) == content
    assert addresses.variants(FILE, Visibility.PRIVATE) == {
        "thumb": f"{content}?variant=thumb",
        "large": f"{content}?variant=large",
    }


@pytest.mark.parametrize("visibility", Visibility)
def test_an_address_does_not_change_when_the_work_is_done(visibility: Visibility) -> None:
    done = tuple(replace(made, status=VariantStatus.READY, size=1) for made in FILE.variants)
    ready = replace(FILE, status=FileStatus.READY, variants=done)
    for addresses in (OURS, THEIRS):
        assert addresses.variants(ready, visibility) == addresses.variants(FILE, visibility)
        assert addresses.original(ready, visibility) == addresses.original(FILE, visibility)


def test_a_file_without_variants_has_no_addresses_of_variants() -> None:
    assert OURS.variants(replace(FILE, variants=()), Visibility.PUBLIC) == {}


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1))
def test_any_key_is_found_again_in_its_address(key: str) -> None:
    address = OURS.original(replace(FILE, key=key), Visibility.PUBLIC)
    parts = urlsplit(address)
    assert address.isascii()
    assert (parts.query, parts.fragment) == ("", "")
    assert unquote(parts.path) == f"/blobs/{key}"
