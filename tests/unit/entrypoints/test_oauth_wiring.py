"""Which ways to sign in the settings open."""

from collections.abc import Mapping
from typing import Any

import pytest

from entrypoints.settings import load_settings
from entrypoints.wiring.container import Darkroom
from tests.tables import over_rows
from tests.unit.entrypoints.test_settings import APPLE, GOOGLE, OIDC

MEMORY = {"DATABASE_URL": "memory://", "BLOB_STORE": "memory"}


def room(**settings: str) -> Any:
    return Darkroom(settings=load_settings(**MEMORY, **settings))


@pytest.mark.slow
@over_rows(
    ("settings", "names"),
    [
        ({}, set()),
        (GOOGLE, {"google"}),
        (APPLE, {"apple"}),
        (OIDC, {"oidc"}),
        (OIDC | {"OAUTH_OIDC_NAME": "corp"}, {"corp"}),
        (GOOGLE | APPLE | OIDC, {"google", "apple", "oidc"}),
    ],
)
def test_each_complete_set_opens_one(settings: Mapping[str, str], names: set[str]) -> None:
    oauth = room(**settings).oauth()
    assert set(oauth.identity_providers()) == names
    assert oauth.begin_oauth().providers is oauth.finish_oauth().providers


def test_our_own_callback_is_always_among_the_addresses() -> None:
    own = "https://media.example.com/auth/oauth/callback"
    public = {"PUBLIC_URL": "https://media.example.com/"}
    assert room(**public).oauth().begin_oauth().redirect_uris == (own,)
    listed = room(**public, OAUTH_REDIRECT_URIS="https://app.example/in").oauth().begin_oauth().redirect_uris
    assert listed == ("https://app.example/in", own)


@pytest.mark.parametrize(
    ("settings", "taken"),
    [
        ({}, False),
        ({"REGISTRATION": "closed"}, False),
        ({"REGISTRATION": "open"}, True),
        ({"OAUTH_SIGNUP": "true"}, True),
        ({"REGISTRATION": "closed", "OAUTH_SIGNUP": "true"}, True),
    ],
)
def test_whether_a_newcomer_from_a_provider_gets_an_account(settings: dict[str, str], taken: bool) -> None:
    assert room(**settings).oauth().finish_oauth().find_account.registration_open is taken
