"""Signing in with Apple: a secret that is signed anew each time, and a form that the browser posts by itself."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from joserfc.jwk import ECKey

from adapters.egress.transport import EgressTransport
from adapters.oauth.provider import OidcProvider
from adapters.oauth.registration import AppleKey, apple
from adapters.system.clock import SystemClock
from domain.audit import AuditAction
from domain.egress import Allowance
from domain.errors import Unavailable
from domain.oauth import PendingSignIn
from entrypoints.http.app import EdgeConfig, create_app
from entrypoints.http.routes.oauth import OAuthDoor
from tests.integration.oauth.journeys import Journey
from tests.servers.oidc import CLIENT_ID, AppleRules, OidcServer, oidc_server
from tests.unit.entrypoints.world import world

pytestmark = pytest.mark.anyio

TEAM, KEY_ID = "TEAM123456", "KEY1234567"
KEY = ECKey.generate_key("P-256")
APPLE_KEY = AppleKey(TEAM, KEY_ID, KEY.as_pem(private=True).decode())
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def provider() -> AsyncIterator[OidcServer]:
    public = ECKey.import_key(KEY.as_pem(private=False).decode())
    async with oidc_server(AppleRules(TEAM, KEY_ID, public)) as server:
        yield server


def known_as(provider: OidcServer, key: AppleKey = APPLE_KEY) -> OidcProvider:
    outside = EgressTransport(Allowance.of(["127.0.0.1"]))
    return OidcProvider(apple(CLIENT_ID, key, SystemClock(), provider.issuer), outside, SystemClock())


@pytest.fixture
async def person(provider: OidcServer) -> AsyncIterator[Journey]:
    """The whole program, with an Apple of our own in the place of the real one."""
    async with world() as here:
        providers = {"apple": known_as(provider)}
        begin, finish = here.room.oauth().begin_oauth(), here.room.oauth().finish_oauth()
        door = OAuthDoor(replace(begin, providers=providers), replace(finish, providers=providers))
        others = [each for each in here.room.doors().every() if not isinstance(each, OAuthDoor)]
        app = create_app(
            [door, *others],
            edge=EdgeConfig(public_url="http://darkroom.test"),
            authenticator=here.room.doors().authenticator(),
        )
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://darkroom.test") as client:
            here.client = client
            yield Journey(here, "apple")


async def test_apple_is_asked_for_a_form(person: Journey) -> None:
    asked = parse_qs(urlsplit((await person.depart())["authorization_url"]).query)
    assert (asked["response_mode"], asked["scope"]) == (["form_post"], ["name email"])
    assert asked["redirect_uri"] == ["http://127.0.0.1:3000/auth/oauth/callback"]


async def test_the_form_a_browser_posts_signs_in(person: Journey, provider: OidcServer) -> None:
    back = await person.visit((await person.depart())["authorization_url"])
    assert set(back) == {"code", "state", "user"}
    answer = await person.here.client.post("/auth/oauth/callback", content=urlencode(back), headers=FORM)
    assert (await person.me(answer))["email"] == "anna@example.org"
    signed_in = next(each for each in await person.noted() if each.action is AuditAction.SIGNED_IN)
    assert signed_in.payload == {"by": "oauth:apple"}


async def test_json_works_as_well(person: Journey) -> None:
    assert (await person.whole()).status_code == 200


@pytest.mark.parametrize(
    ("verified", "status"), [("true", 200), (True, 200), ("false", 403), (False, 403), (None, 403)]
)
async def test_apple_says_verified_in_words(
    person: Journey, provider: OidcServer, verified: object, status: int
) -> None:
    provider.person["email_verified"] = verified
    assert (await person.whole()).status_code == status


async def test_the_secret_is_signed_by_the_team_for_this_moment(person: Journey, provider: OidcServer) -> None:
    assert (await person.whole()).status_code == 200
    (seen,) = provider.secrets_seen
    now = time.time()
    assert (seen["alg"], seen["kid"]) == ("ES256", KEY_ID)
    assert (seen["iss"], seen["sub"], seen["aud"]) == (TEAM, CLIENT_ID, provider.issuer)
    assert now - 60 < seen["iat"] <= now < seen["exp"] <= now + 300


@pytest.mark.parametrize("wrong", [replace(APPLE_KEY, team_id="OTHER"), replace(APPLE_KEY, key_id="OTHER")])
async def test_the_provider_really_looks_at_the_secret(provider: OidcServer, wrong: AppleKey) -> None:
    pending = PendingSignIn("hash", "apple", "nonce", "v" * 43, "https://app.example/in", SystemClock().now())
    with pytest.raises(Unavailable, match="invalid_client"):
        await known_as(provider, wrong).exchange("code", pending)


async def test_who_changes_their_mind_comes_back_with_a_form_too(person: Journey) -> None:
    state = (await person.depart())["state"]
    told = {"error": "user_cancelled_authorize", "state": state}
    answer = await person.here.client.post("/auth/oauth/callback", content=urlencode(told), headers=FORM)
    assert (answer.status_code, answer.json()["code"]) == (401, "oauth_refused")
    assert "user_cancelled_authorize" in answer.json()["detail"]


async def test_the_key_is_not_shown(provider: OidcServer) -> None:
    assert "PRIVATE" not in f"{APPLE_KEY!r} {apple(CLIENT_ID, APPLE_KEY, SystemClock())!r}"
