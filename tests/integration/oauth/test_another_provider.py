"""Signing in at a provider that others wrote."""

from collections.abc import Iterator
from datetime import timedelta

import httpx2
import pytest
from oidc_provider_mock import User, run_server_in_thread

from tests.integration.oauth.journeys import Journey, journey
from tests.servers import http

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:authlib.jose module is deprecated"),
]

ANNA = User(sub="anna", claims={"email": "anna@example.org", "email_verified": True})
BEN = User(sub="ben", claims={"email": "ben@example.org", "email_verified": False})


@pytest.fixture
def issuer() -> Iterator[str]:
    with run_server_in_thread(require_nonce=True, user_claims=[ANNA, BEN]) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def issuer_of_expired() -> Iterator[str]:
    with run_server_in_thread(user_claims=[ANNA], access_token_max_age=timedelta(seconds=-1)) as server:
        yield f"http://localhost:{server.server_port}"


class ElsewhereJourney(Journey):
    """At a provider that asks who one is."""

    who = "anna"

    async def visit(self, url: str) -> dict[str, str]:
        async with http.AsyncClient(trust_env=False) as browser:
            answer = await browser.post(url, data={"sub": self.who})
        assert answer.status_code == 302, answer.text
        return dict(httpx2.URL(answer.headers["location"]).params)


async def through(issuer: str, who: str) -> httpx2.Response:
    """A whole sign-in as somebody."""
    async with journey(issuer, EGRESS_ALLOW="localhost") as made:
        person = ElsewhereJourney(made.here)
        person.who = who
        tokens = await person.whole()
        if tokens.status_code == 200:
            assert (await person.me(tokens))["email"] == "anna@example.org"
        return tokens


async def test_who_is_vouched_for_gets_in(issuer: str) -> None:
    assert (await through(issuer, "anna")).status_code == 200


@pytest.mark.parametrize("who", ["ben", "somebody@example.org"])
async def test_who_is_not_does_not(issuer: str, who: str) -> None:
    assert (await through(issuer, who)).json()["code"] == "email_not_verified"


async def test_what_has_expired_is_refused(issuer_of_expired: str) -> None:
    assert (await through(issuer_of_expired, "anna")).json()["code"] == "oauth_refused"
