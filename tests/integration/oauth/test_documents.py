"""How long a provider's documents are believed."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from starlette.responses import JSONResponse

from adapters.egress.transport import EgressTransport
from adapters.oauth.documents import ProviderDocuments
from adapters.oauth.provider import OidcProvider
from adapters.oauth.registration import oidc
from adapters.system.clock import SystemClock
from domain.egress import Allowance
from domain.errors import Unavailable
from domain.oauth import OAuthRefused, PendingSignIn
from tests.integration.oauth.journeys import APP, Journey
from tests.servers.oidc import CLIENT_ID, CLIENT_SECRET, Lies, OidcServer

pytestmark = pytest.mark.anyio

DISCOVERY = "/.well-known/openid-configuration"


@dataclass
class AheadClock:
    """The real time, moved on by hand."""

    by: timedelta = timedelta(0)

    def now(self) -> datetime:
        return SystemClock().now() + self.by


@pytest.fixture
def clock() -> AheadClock:
    return AheadClock()


@pytest.fixture
def documents(provider: OidcServer, clock: AheadClock) -> ProviderDocuments:
    return ProviderDocuments(provider.issuer, EgressTransport(Allowance.of(["127.0.0.1"])), clock)


async def test_they_are_kept_for_an_hour(documents: ProviderDocuments, provider: OidcServer, clock: AheadClock) -> None:
    for minutes, fetched in ((0, 1), (59, 1), (61, 2), (62, 2)):
        clock.by = timedelta(minutes=minutes)
        await documents.metadata()
        await documents.keys()
        assert (provider.asked.count(DISCOVERY), provider.asked.count("/jwks")) == (fetched, fetched)


async def test_many_who_ask_at_once_share_one_answer(documents: ProviderDocuments, provider: OidcServer) -> None:
    await asyncio.gather(*(documents.keys() for _ in range(20)))
    assert provider.asked == [DISCOVERY, "/jwks"]


async def test_a_failure_is_not_kept(documents: ProviderDocuments, provider: OidcServer) -> None:
    provider.lies = Lies(metadata={"issuer": "https://other.example"})
    with pytest.raises(Unavailable):
        await documents.metadata()
    provider.lies = Lies()
    assert (await documents.metadata()).token_endpoint == f"{provider.issuer}/token"


async def test_an_issuer_on_https_sends_nobody_into_the_open(provider: OidcServer) -> None:
    told = ProviderDocuments("https://login.example", EgressTransport(Allowance()), SystemClock())
    document = {"issuer": "https://login.example", "authorization_endpoint": "http://login.example/authorize"}
    with pytest.raises(Unavailable, match="authorization_endpoint"):
        told._read(document)


async def test_a_new_key_signs_people_in_and_is_not_fetched_for_each_stranger_s(
    provider: OidcServer, clock: AheadClock, person: Journey
) -> None:
    registration = oidc("corp", provider.issuer, CLIENT_ID, CLIENT_SECRET)
    known = OidcProvider(registration, EgressTransport(Allowance.of(["127.0.0.1"])), clock)
    pending = PendingSignIn("hash", "corp", "nonce", "v" * 43, APP, clock.now())

    async def sign_in() -> str:
        back = await person.visit(await known.authorization_url("state", pending))
        return (await known.exchange(back["code"], pending)).subject

    assert await sign_in() == "person-1"
    provider.rotate()
    with pytest.raises(OAuthRefused):
        await sign_in()
    clock.by = timedelta(seconds=11)
    assert await sign_in() == "person-1"
    assert provider.asked.count("/jwks") == 2


async def test_a_symmetric_key_that_is_published_signs_nothing(person: Journey, provider: OidcServer) -> None:
    key = OctKey.generate_key(256, {"kid": "open"})
    provider.lies = Lies(
        id_token=lambda claims: jwt.encode({"alg": "HS256", "kid": "open"}, claims, key, algorithms=["HS256"]),
        answers={"/jwks": JSONResponse({"keys": [key.as_dict()]})},
    )
    assert (await person.refused())["code"] == "oauth_refused"


@pytest.mark.filterwarnings("ignore:Key size")
async def test_a_short_key_signs_nothing(person: Journey, provider: OidcServer) -> None:
    provider.keys = [RSAKey.generate_key(1024, {"kid": "short"})]
    assert (await person.refused())["code"] == "oauth_refused"


@pytest.mark.parametrize("others", [[17], [{}], [{"kty": "RSA", "n": "!", "e": "AQAB"}], [{"kty": "PQ", "kid": "one"}]])
async def test_keys_nobody_can_read_do_not_spoil_the_others(
    person: Journey, provider: OidcServer, others: list[object]
) -> None:
    published = KeySet(provider.keys).as_dict(private=False)["keys"]
    provider.lies = Lies(answers={"/jwks": JSONResponse({"keys": [*others, *published]})})
    assert (await person.whole()).status_code == 200
