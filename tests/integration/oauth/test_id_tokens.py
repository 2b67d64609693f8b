"""Identity tokens that lie: nobody gets in by them, and no account is made."""

import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from tests.integration.oauth.journeys import Journey, journey
from tests.servers.oidc import CLIENT_ID, CLIENT_SECRET, Lies, OidcServer, oidc_server

pytestmark = pytest.mark.anyio

STRANGE = RSAKey.generate_key(2048, {"kid": "strange"})
SAME_NAME = RSAKey.generate_key(2048, {"kid": "one"})


class FromNow(int):
    """A time in seconds from the moment of the test, where rows of a table cannot know it yet."""

    def __repr__(self) -> str:
        return f"now {int(self):+d} s"


def at_this_moment(claims: dict[str, object]) -> dict[str, object]:
    now = int(time.time())
    return {name: now + value if isinstance(value, FromNow) else value for name, value in claims.items()}


@pytest.fixture(scope="module")
async def shared_provider() -> AsyncIterator[OidcServer]:
    async with oidc_server() as server:
        yield server


@pytest.fixture(scope="module")
async def person(shared_provider: OidcServer) -> AsyncIterator[Journey]:
    """One Darkroom for all these tests, as none of them changes it."""
    async with journey(shared_provider.issuer) as made:
        yield made


@pytest.fixture
def provider(shared_provider: OidcServer) -> OidcServer:
    """Honest at the beginning of each test."""
    shared_provider.lies = Lies()
    return shared_provider


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://accounts.google.com"},
        {"iss": None},
        {"iss": ["x"]},
        {"aud": "somebody-else"},
        {"aud": None},
        {"aud": []},
        {"aud": ["somebody-else"]},
        {"aud": CLIENT_ID + "x"},
        {"aud": {"client": CLIENT_ID}},
        {"aud": [CLIENT_ID, "somebody-else"]},
        {"aud": [CLIENT_ID, "somebody-else"], "azp": "somebody-else"},
        {"azp": "somebody-else"},
        {"azp": ""},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"nonce": 1},
        {"exp": FromNow(-1)},
        {"exp": FromNow(-3600)},
        {"exp": None},
        {"exp": "never"},
        {"exp": []},
        {"iat": FromNow(3600)},
        {"iat": None},
        {"nbf": FromNow(3600)},
        {"sub": None},
        {"sub": ""},
        {"sub": 17},
        {"sub": "x" * 256},
        {"sub": "a\x00b"},
        {"sub": ["person-1"]},
    ],
    ids=str,
)
async def test_an_identity_token_must_be_for_us_and_now(
    person: Journey, provider: OidcServer, claims: dict[str, object]
) -> None:
    provider.lies = Lies(claims=at_this_moment(claims))
    told = await person.refused()
    assert (told["status"], told["code"]) == (401, "oauth_refused")
    provider.lies = Lies()
    assert (await person.whole()).status_code == 200


async def test_two_audiences_are_fine_when_we_are_who_asked(person: Journey, provider: OidcServer) -> None:
    provider.lies = Lies(claims={"aud": [CLIENT_ID, "resource"], "azp": CLIENT_ID})
    assert (await person.whole()).status_code == 200


def unsigned(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "none"}, claims, OctKey.generate_key(256), algorithms=["none"])


def shared_secret(claims: dict[str, Any]) -> str:
    key = OctKey.import_key(CLIENT_SECRET + " made long enough for what is asked of it")
    return jwt.encode({"alg": "HS256", "kid": "one"}, claims, key, algorithms=["HS256"])


def altered(claims: dict[str, Any]) -> str:
    head, body, signature = jwt.encode({"alg": "RS256", "kid": "strange"}, claims, STRANGE).split(".")
    return f"{head}.{body[:-4]}AAAA.{signature}"


@pytest.mark.parametrize(
    "make",
    [
        unsigned,
        shared_secret,
        altered,
        lambda _: "a.b.c",
        lambda _: "",
        lambda _: "x" * 100_000,
        lambda _: 17,
        lambda _: None,
        lambda _: ["a.b.c"],
        lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, SAME_NAME),
        lambda claims: jwt.encode({"alg": "RS256", "kid": "one", "jwk": SAME_NAME.as_dict()}, claims, SAME_NAME),
    ],
)
async def test_an_identity_token_must_be_signed_by_the_provider(
    person: Journey, provider: OidcServer, make: Callable[[dict[str, Any]], object]
) -> None:
    provider.lies = Lies(id_token=make)
    told = await person.refused()
    assert (told["status"], told["code"]) == (401, "oauth_refused")
