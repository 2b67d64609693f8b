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
from domain.identity import Session, User, check_credentials, hash_secret, same_hash
from domain.usernames import reserved
from tests.tables import over_rows

NOW = datetime(2026, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)
PASSWORD = "correct horse"
ANY_TEXT = st.text(st.characters(exclude_categories=()))


MONTH = 30 * DAY


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
@over_rows("password", ["abcdxyzw", "wxyz" * 32, "sun pass moon", "🙂🙃😀😁" * 2, "пароль12", "a b c d "])
def test_credentials_anybody_may_have(username: str, password: str) -> None:
    check_credentials(username, password)


@over_rows(
    "username",
    [
        "",
        "x" * 255,
        "a\u3164",
        "\u2800a",
        "a\u115fb",
        "a\ufe0f",
        "p\u0430ypal",
        "adm\u0456n",
        "\u0301a",
        "\uff41nna",
        "a b",
        " a",
        "a\n",
        "a\tb",
        "a\x00",
        "a\x7f",
        "a\x85",
        "a\x9b",
        "a\u2003b",
        "a\ud800",
        "\udcff",
    ],
)
def test_names_nobody_may_have(username: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_credentials(username, PASSWORD)
    assert [error.field for error in refused.value.errors] == ["username"]


GUESSED_FIRST = [
    "password",
    "Password1",
    "P@ssw0rd!",
    "passw0rd123",
    "12345678",
    "87654321",
    "1234567890",
    "qwertyuiop",
    "abcdefgh",
    "aaaaaaaa",
    "12121212",
    "iloveyou!!",
    "2024Welcome",
    "welcome2024",
    "changeme_1",
    "Sunshine99",
    "darkroom1",
    "!!letmein!!",
    "poiuytrewq",
    "111111112",
]
OWN_NAMES = ["annalena", "annalena1", "1annalena!", "annalena@x.org", "xannalena"]


@over_rows("password", GUESSED_FIRST)
def test_passwords_that_are_tried_first(password: str) -> None:
    with pytest.raises(Invalid, match="tried first"):
        check_credentials("anna", password)


@over_rows("password", OWN_NAMES)
def test_a_password_is_not_the_own_name_or_address(password: str) -> None:
    with pytest.raises(Invalid, match="own name"):
        check_credentials("annalena", password, "annalena@x.org")
    with pytest.raises(Invalid, match="own name"):
        check_credentials("somebody", password, "annalena@x.org")
    check_credentials("somebody", password)


@over_rows("username", ["admin", "Admin", "a.d-m_i_n", "admin1", "su", "ROOT", "\u0430\u0501min", "darkroom"])
def test_names_of_authority_are_reserved(username: str) -> None:
    assert reserved(username)


@over_rows("username", ["anna", "administrata", "sue", "adminka@example.com", "名前", "Вера"])
def test_other_names_are_not(username: str) -> None:
    assert not reserved(username)


@over_rows("username", ["Вера", "Ελένη", "山田Taro", "ヤマダtaro", "한글abc", "Łukasz", "o'neil-2", "أحمد"])
def test_names_in_any_one_alphabet(username: str) -> None:
    check_credentials(username, PASSWORD)


@over_rows("password", ["", "x" * 7, "x" * 129, "🙂" * 7, "lone \ud83d surrogate"])
def test_passwords_nobody_may_have(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_credentials("anna", password)
    assert [error.field for error in refused.value.errors] == ["password"]


def test_both_are_named_at_once_and_the_password_is_not_repeated() -> None:
    with pytest.raises(Invalid) as refused:
        check_credentials("", "geheim")
    assert [error.field for error in refused.value.errors] == ["username", "password"]
    assert "geheim" not in f"{refused.value} {refused.value.errors}"


@given(ANY_TEXT, ANY_TEXT)
@example("\udcff", PASSWORD)
@example("anna", PASSWORD + "\udcff")
def test_credentials_are_taken_or_invalid_and_what_is_taken_can_be_stored(username: str, password: str) -> None:
    try:
        check_credentials(username, password)
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
    assert session().prolonged(later, DAY, MONTH) == replace(session(), last_used_at=later, expires_at=later + DAY)


def test_however_often_it_is_used_a_session_ends() -> None:
    late = NOW + MONTH - timedelta(hours=1)
    assert session().prolonged(late, DAY, MONTH).expires_at == NOW + MONTH


def test_prolonging_revives_nobody() -> None:
    assert not session(revoked_at=NOW).prolonged(NOW, DAY, MONTH).alive(NOW)


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
