"""Accounts and sessions."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.access import ROLE_PERMISSIONS, Role
from domain.errors import Invalid
from domain.identity import Session, User, checked_credentials, hash_secret, same_hash
from tests.tables import over_rows

NOW = datetime(2026, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)
PASSWORD = "correct horse"
ANY_TEXT = st.text(st.characters(exclude_categories=()))


def session(*, revoked_at: datetime | None = None) -> Session:
    return Session(
        id=UUID(int=1),
        user_id=UUID(int=2),
        expires_at=NOW + DAY,
        created_at=NOW,
        last_used_at=NOW,
        revoked_at=revoked_at,
        ip="::1",
        user_agent="curl",
    )


@over_rows("username", ["a", "x" * 254, "anna@example.com", "名前", "Åsa", "o'neil", "🙂"])
@over_rows("password", ["x" * 8, "x" * 128, "pass word", "🙂" * 8, "пароль12", " " * 8])
def test_credentials_anybody_may_have(username: str, password: str) -> None:
    checked_credentials(username, password)


@over_rows(
    "username",
    ["", "x" * 255, "a b", " a", "a\n", "a\tb", "a\x00", "a\x7f", "a\x85", "a\x9b", "a\u2003b", "a\ud800", "\udcff"],
)
def test_names_nobody_may_have(username: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_credentials(username, PASSWORD)
    assert [error.field for error in refused.value.errors] == ["username"]


@over_rows("password", ["", "x" * 7, "x" * 129, "🙂" * 7, "lone \ud83d surrogate"])
def test_passwords_nobody_may_have(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_credentials("anna", password)
    assert [error.field for error in refused.value.errors] == ["password"]


def test_both_are_named_at_once_and_the_password_is_not_repeated() -> None:
    with pytest.raises(Invalid) as refused:
        checked_credentials("", "geheim")
    assert [error.field for error in refused.value.errors] == ["username", "password"]
    assert "geheim" not in f"{refused.value} {refused.value.errors}"


@given(ANY_TEXT, ANY_TEXT)
@example("\udcff", PASSWORD)
@example("anna", PASSWORD + "\udcff")
def test_credentials_are_taken_or_invalid_and_what_is_taken_can_be_stored(username: str, password: str) -> None:
    try:
        checked_credentials(username, password)
    except Invalid:
        return
    assert "\x00" not in username
    (username + password).encode()


@over_rows(
    ("now", "revoked_at", "alive"),
    [
        (NOW, None, True),
        (NOW + DAY - INSTANT, None, True),
        (NOW + DAY, None, False),
        (NOW + DAY + INSTANT, None, False),
        (NOW, NOW, False),
        (NOW, NOW + DAY, False),
    ],
)
def test_a_session_lives_until_it_expires_or_is_revoked(
    now: datetime, revoked_at: datetime | None, alive: bool
) -> None:
    assert session(revoked_at=revoked_at).alive(now) is alive


def test_using_a_session_prolongs_it_and_keeps_the_rest() -> None:
    later = NOW + timedelta(hours=1)
    assert session().prolonged(later, DAY) == replace(session(), last_used_at=later, expires_at=later + DAY)


def test_prolonging_revives_nobody() -> None:
    assert not session(revoked_at=NOW).prolonged(NOW, DAY).alive(NOW)


@pytest.mark.parametrize("role", Role)
def test_a_user_may_what_the_role_says(role: Role) -> None:
    user = User(UUID(int=1), "anna", None, "hash", role, True, NOW, NOW)
    assert user.permissions == ROLE_PERMISSIONS[role]


def test_secrets_are_stored_as_sha256() -> None:
    assert hash_secret("dk_é") == hashlib.sha256("dk_é".encode()).hexdigest()


@given(ANY_TEXT, ANY_TEXT)
@example("\ud800", "\udfff")
def test_any_two_secrets_can_be_told_apart(left: str, right: str) -> None:
    assert (hash_secret(left) == hash_secret(right)) is (left == right)
    assert same_hash(left, right) is (left == right)
    assert same_hash(left, left)
