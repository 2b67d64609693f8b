"""What is believed of what a sender says, and when an upload is over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain import media_types as types
from domain.declared_types import fits_declared, plain_type
from domain.errors import Invalid
from domain.inbox import ABANDONED_AFTER, PATIENCE, WRITABLE_FOR, PresignedUpload
from domain.media_types import MediaType
from domain.object_keys import incoming_key, incoming_upload, is_picture, project_of
from tests.tables import over_rows

NOW = datetime(2026, 1, 2, tzinfo=UTC)
UPLOAD = PresignedUpload(
    UUID(int=1), UUID(int=2), UUID(int=3), "a.jpg", "image/jpeg", 5, NOW, NOW + WRITABLE_FOR, NOW + ABANDONED_AFTER
)


@over_rows(
    ("declared", "found"),
    [
        ("image/jpeg", types.JPEG),
        ("IMAGE/JPEG; x=y", types.JPEG),
        ("image/jpg", types.JPEG),
        ("image/heif", types.HEIC),
        ("image/x-something", types.PNG),
        ("image/svg+xml", types.SVG),
        ("application/octet-stream", types.EXE),
        ("application/pdf", types.PDF),
        ("application/msword", types.COMPOUND),
        ("application/x-own", types.UNKNOWN),
        ("text/plain", types.CSV),
        ("application/json", types.PLAIN_TEXT),
        ("text/javascript", types.PLAIN_TEXT),
        ("text/xml", types.SVG),
        ("video/mp4", types.M4V),
        ("audio/webm", types.WEBM),
        ("audio/mp3", types.MP3),
        ("audio/opus", types.OGG),
        ("application/epub+zip", types.ZIP),
    ],
)
def test_fits(declared: str, found: MediaType) -> None:
    assert fits_declared(declared, found)


@over_rows(
    ("declared", "found"),
    [
        ("image/jpeg", types.PNG),
        ("image/png", types.HTML),
        ("image/png", types.UNKNOWN),
        ("image/x-something", types.EXE),
        ("image/svg+xml", types.HTML),
        ("video/mp4", types.JPEG),
        ("audio/mpeg", types.PLAIN_TEXT),
        ("application/pdf", types.EXE),
        ("application/pdf", types.ZIP),
        ("text/plain", types.JPEG),
        ("text/csv", types.UNKNOWN),
    ],
)
def test_does_not_fit(declared: str, found: MediaType) -> None:
    assert not fits_declared(declared, found)


def test_a_type_without_its_parameters() -> None:
    assert plain_type(' Text/HTML ; charset="x"') == "text/html"


def test_the_key_of_an_upload_leads_back_to_it() -> None:
    key = incoming_key(UPLOAD.id)
    assert key == UPLOAD.object_key == f"incoming/{UPLOAD.id}"
    assert incoming_upload(key) == UPLOAD.id
    assert project_of(key) is None
    assert not is_picture(key)


@over_rows("key", ["incoming/a", f"x/incoming/{UUID(int=1)}", f"incoming/{UUID(int=1)}/a", "incoming/"])
def test_what_others_keep_is_no_upload(key: str) -> None:
    assert incoming_upload(key) is None


def test_is_given_up_after_a_day_unless_it_is_done() -> None:
    assert not UPLOAD.given_up(NOW + ABANDONED_AFTER - timedelta(seconds=1))
    assert UPLOAD.given_up(NOW + ABANDONED_AFTER)
    assert not replace(UPLOAD, completed_at=NOW).given_up(NOW + ABANDONED_AFTER)


def test_is_held_up_for_a_moment_by_whoever_is_at_it() -> None:
    assert not UPLOAD.held_up(NOW)
    pinned = replace(UPLOAD, pinned_at=NOW)
    assert pinned.held_up(NOW + PATIENCE - timedelta(seconds=1))
    assert not pinned.held_up(NOW + PATIENCE)


def test_the_hash_that_was_told_twice_is_the_same() -> None:
    assert UPLOAD.expected_sha256(None) is None
    assert UPLOAD.expected_sha256("a") == "a"
    announced = replace(UPLOAD, sha256="a")
    assert announced.expected_sha256(None) == announced.expected_sha256("a") == "a"
    with pytest.raises(Invalid):
        announced.expected_sha256("b")
