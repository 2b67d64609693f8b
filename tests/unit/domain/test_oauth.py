"""Which account belongs to somebody whom a provider vouches for."""

from dataclasses import replace
from uuid import uuid4

import pytest

from domain.access import Role
from domain.identity import AccountDisabled, RegistrationClosed
from domain.oauth import (
    EmailNotVerified,
    ForeignIdentity,
    PendingSignIn,
    RedirectNotAllowed,
    check_vouched,
    chosen_redirect,
    claimed,
    linkable,
    newcomer,
    provider_error,
    same_address,
)
from tests.tables import over_rows
from tests.unit.contracts.things import NOW, later, user

ANNA = ForeignIdentity("google", "https://accounts.example", "1", "anna@example.org", email_verified=True)
ALLOWED = ("https://app.example/in", "com.example.app:/in")


def test_a_sign_in_takes_only_so_long() -> None:
    pending = PendingSignIn("hash", "google", "nonce", "verifier", ALLOWED[0], later(600))
    assert not pending.expired(later(599))
    assert pending.expired(later(600))


def test_where_a_sign_in_returns_to() -> None:
    assert chosen_redirect(None, ALLOWED) == ALLOWED[0]
    assert [chosen_redirect(each, ALLOWED) for each in ALLOWED] == list(ALLOWED)


@over_rows(
    "wanted",
    ["", "https://app.example/in/", "https://app.example/in?x", "https://APP.example/in", "https://evil.example/in",
     "https://app.example/in#", "https://app.example/in/../out", "https://app.example", "//app.example/in"],
)  # fmt: skip
def test_an_address_must_be_allowed_to_the_letter(wanted: str) -> None:
    with pytest.raises(RedirectNotAllowed):
        chosen_redirect(wanted, ALLOWED)


def test_addresses_must_be_vouched_for() -> None:
    check_vouched(ANNA)
    check_vouched(replace(ANNA, email=None, email_verified=False))
    with pytest.raises(EmailNotVerified):
        check_vouched(replace(ANNA, email_verified=False))


@over_rows(
    ("left", "right", "same"),
    [
        ("anna@example.org", "anna@example.org", True),
        ("Anna@Example.ORG", "aNNA@example.org", True),
        ("straße@example.org", "straße@EXAMPLE.org", True),
        ("straße@example.org", "strasse@example.org", False),
        ("mike@example.org", "mi\u212ae@example.org", False),
        ("i@example.org", "\u0131@example.org", False),
        ("anna@example.org", "anna@example.com", False),
        (None, None, False),
        ("anna@example.org", None, False),
    ],
)
def test_which_addresses_are_surely_one(left: str | None, right: str | None, same: bool) -> None:
    assert same_address(left, right) is same
    assert same_address(right, left) is same


def test_the_account_with_the_verified_address_is_linked() -> None:
    account = user(email="Anna@example.org")
    assert linkable(ANNA, account) == account


@over_rows(
    ("identity", "fields"),
    [
        (replace(ANNA, email_verified=False), {"email": "anna@example.org"}),
        (replace(ANNA, email=None), {"email": None}),
        (ANNA, {"username": "anna@example.org", "email": "mallory@example.org"}),
        (ANNA, {"username": "anna@example.org", "email": None}),
        (replace(ANNA, email="strasse@example.org"), {"email": "straße@example.org"}),
    ],
)
def test_nothing_less_links(identity: ForeignIdentity, fields: dict[str, str | None]) -> None:
    assert linkable(identity, user(**fields)) is None
    assert linkable(identity, None) is None


def test_a_disabled_account_stays_so() -> None:
    with pytest.raises(AccountDisabled):
        linkable(ANNA, user(email=ANNA.email, is_active=False))


def test_a_password_somebody_else_may_have_set_ends_and_their_links_with_it() -> None:
    account = user(password_hash="hash")
    now = later(9)
    expected = replace(account, password_hash=None, links_since=now, updated_at=now)
    assert claimed(account, now, proven=False) == expected
    assert claimed(account, now, proven=True) is account


@pytest.mark.parametrize(
    "fields",
    [{"role": Role.SU, "password_hash": "x"}, {"role": Role.ADMIN, "password_hash": "x"}, {"password_hash": None}],
)
def test_accounts_a_superuser_answers_for_stay_as_they_are(fields: dict[str, object]) -> None:
    account = user(**fields)
    assert claimed(account, later(9), proven=False) is account


def test_a_newcomer_is_a_plain_user_without_a_password() -> None:
    new = newcomer(ANNA, uuid4(), NOW, registration_open=True)
    assert (new.username, new.email, new.role, new.password_hash) == (ANNA.email, ANNA.email, Role.USER, None)
    assert new.is_active


def test_a_newcomer_without_an_address_gets_a_name_nobody_has() -> None:
    id_ = uuid4()
    new = newcomer(replace(ANNA, email=None), id_, NOW, registration_open=True)
    assert (new.username, new.email) == (f"google-{id_}", None)


def test_where_registration_is_closed_nobody_is_new() -> None:
    with pytest.raises(RegistrationClosed):
        newcomer(ANNA, uuid4(), NOW, registration_open=False)


@pytest.mark.parametrize("error", ["access_denied", "user_cancelled_authorize"])
def test_a_provider_s_own_word_is_repeated(error: str) -> None:
    assert provider_error(error) == error


@over_rows("error", ["", "<script>", "a\nb | res=200", "x" * 61, "Access Denied", "https://evil.example"])
def test_anything_else_is_not(error: str) -> None:
    assert provider_error(error) == "it did not say why"
