"""Providers that lie, break or dawdle: nobody gets in, and nothing of ours is harmed."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from tests.integration.oauth.journeys import Journey, journey
from tests.servers.oidc import CLIENT_ID, CLIENT_SECRET, Lies, OidcServer

pytestmark = pytest.mark.anyio

STRANGE = RSAKey.generate_key(2048, {"kid": "strange"})
SAME_NAME = RSAKey.generate_key(2048, {"kid": "one"})
NOW = int(time.time())
DISCOVERY = "/.well-known/openid-configuration"


async def refused(person: Journey) -> dict[str, Any]:
    """The problem that a whole journey ends with; nobody is signed in and no account is made."""
    before = await person.accounts()
    departure = await person.depart()
    answer = await person.back(await person.visit(departure["authorization_url"]))
    assert await person.accounts() == before
    told: dict[str, Any] = answer.json()
    assert "access_token" not in told
    return told


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
        {"exp": NOW - 1},
        {"exp": NOW - 3600},
        {"exp": None},
        {"exp": "never"},
        {"exp": []},
        {"iat": NOW + 3600},
        {"iat": None},
        {"nbf": NOW + 3600},
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
    provider.lies = Lies(claims=claims)
    told = await refused(person)
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
    told = await refused(person)
    assert (told["status"], told["code"]) == (401, "oauth_refused")


async def test_its_own_public_key_is_no_shared_secret(person: Journey, provider: OidcServer) -> None:
    public = provider.keys[0].as_pem(private=False).decode()
    key = OctKey.import_key({"kty": "oct", "k": OctKey.import_key(public.replace("-----", "")).as_dict()["k"]})
    provider.lies = Lies(
        id_token=lambda claims: jwt.encode({"alg": "HS256", "kid": "one"}, claims, key, algorithms=["HS256"])
    )
    assert (await refused(person))["code"] == "oauth_refused"


async def test_a_symmetric_key_that_is_published_signs_nothing(person: Journey, provider: OidcServer) -> None:
    key = OctKey.generate_key(256, {"kid": "open"})
    provider.lies = Lies(
        id_token=lambda claims: jwt.encode({"alg": "HS256", "kid": "open"}, claims, key, algorithms=["HS256"]),
        answers={"/jwks": JSONResponse({"keys": [key.as_dict()]})},
    )
    assert (await refused(person))["code"] == "oauth_refused"


async def test_a_short_key_signs_nothing(person: Journey, provider: OidcServer) -> None:
    with pytest.warns(Warning, match="2048"):
        provider.keys = [RSAKey.generate_key(1024, {"kid": "short"})]
        assert (await refused(person))["code"] == "oauth_refused"


@pytest.mark.parametrize("key", [STRANGE, ECKey.generate_key("P-256", {"kid": "strange"})])
async def test_a_key_nobody_published_is_looked_for_once_more_and_refused(
    person: Journey, provider: OidcServer, key: RSAKey | ECKey
) -> None:
    assert (await person.whole()).status_code == 200
    provider.asked.clear()
    provider.lies = Lies(signed_by=key)
    assert (await refused(person))["code"] == "oauth_refused"
    assert provider.asked.count("/jwks") <= 1


async def test_new_keys_are_fetched_when_they_are_first_seen(provider: OidcServer, monkeypatch: Any) -> None:
    async with journey(provider) as person:
        clock = person.here.room.clock()
        assert (await person.whole()).status_code == 200
        provider.rotate()
        assert (await refused(person))["code"] == "oauth_refused"  # renewed a moment ago
        later = clock.now().timestamp() + 11
        monkeypatch.setattr("adapters.oauth.documents.RENEWED_AT_MOST_EACH", type(clock.now() - clock.now())(0))
        assert later > 0
        assert (await person.whole()).status_code == 200
        assert provider.asked.count("/jwks") == 2


async def test_documents_are_fetched_once_for_many(person: Journey, provider: OidcServer) -> None:
    for _ in range(3):
        assert (await person.whole()).status_code == 200
    assert provider.asked.count(DISCOVERY) == provider.asked.count("/jwks") == 1


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://accounts.google.com"},
        {"issuer": None},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": 17},
        {"jwks_uri": "http://["},
        {"jwks_uri": ""},
        {"userinfo_endpoint": "gopher://x"},
    ],
    ids=str,
)
async def test_a_document_must_be_the_issuer_s_own(
    person: Journey, provider: OidcServer, metadata: dict[str, object]
) -> None:
    provider.lies = Lies(metadata=metadata)
    await unavailable(person)


DEEP = b"[" * 200_000
BROKEN = [
    PlainTextResponse("not here", 404),
    PlainTextResponse("broken", 500),
    PlainTextResponse("<html>", 200),
    Response(b"", 200),
    Response(b"[]", 200),
    Response(DEEP, 200),
    Response(b"{" + b" " * (2 << 20) + b"}", 200),
    Response(b"\x1f\x8b\x08\x00", 200, {"content-encoding": "gzip"}),
    Response(b"{}", 200, {"content-length": "100"}),
    RedirectResponse("http://10.0.0.1/latest"),
    RedirectResponse("http://169.254.169.254/latest/meta-data/"),
    RedirectResponse("http://[::1]:1/"),
    RedirectResponse("http://[::ffff:10.0.0.1]/"),
    RedirectResponse("http://2130706434/"),
    RedirectResponse("http://localhost:1/"),
    RedirectResponse("file:///etc/passwd"),
    RedirectResponse("http://user:pass@127.0.0.1/"),
    RedirectResponse("http://["),
    RedirectResponse(DISCOVERY),
]


@pytest.mark.parametrize("answer", BROKEN, ids=lambda each: f"{each.status_code} {dict(each.headers).get('location')}")
async def test_a_broken_document_is_a_provider_that_is_down(
    person: Journey, provider: OidcServer, answer: Response
) -> None:
    provider.lies = Lies(answers={DISCOVERY: answer})
    await unavailable(person)


async def test_a_document_may_lie_elsewhere_at_the_same_place(person: Journey, provider: OidcServer) -> None:
    answer = await provider.discovery(None)  # type: ignore[arg-type]
    provider.lies = Lies(answers={DISCOVERY: RedirectResponse("/jwks"), "/jwks": answer})
    await person.depart()


@pytest.mark.parametrize("path", ["/token", "/jwks"])
@pytest.mark.parametrize("answer", BROKEN[:8], ids=lambda each: str(each.status_code))
async def test_a_provider_that_breaks_on_the_way_back_is_down_too(
    person: Journey, provider: OidcServer, path: str, answer: Response
) -> None:
    departure = await person.depart()
    back = await person.visit(departure["authorization_url"])
    provider.lies = Lies(answers={path: answer})
    told = await person.back(back)
    assert (told.status_code, told.json()["code"]) == (503, "unavailable")
    assert int(told.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (JSONResponse({"error": "invalid_grant"}, 400), 401),
        (JSONResponse({"error": "invalid_client"}, 401), 503),
        (JSONResponse({"error": "x" * 1000}, 400), 503),
        (JSONResponse({"error": {"deep": []}}, 400), 503),
        (JSONResponse({"error": None}, 400), 503),
        (JSONResponse({}), 401),
        (JSONResponse({"access_token": "x", "token_type": "Bearer", "expires_in": "soon"}), 503),
        (JSONResponse({"access_token": "x", "token_type": "Bearer"}), 401),
        (JSONResponse([]), 503),
        (RedirectResponse("http://127.0.0.1:1/", 307), 503),
    ],
)
async def test_no_token_without_the_provider_s_word(
    person: Journey, provider: OidcServer, answer: Response, status: int
) -> None:
    back = await person.visit((await person.depart())["authorization_url"])
    provider.lies = Lies(answers={"/token": answer})
    assert (await person.back(back)).status_code == status


async def test_a_token_request_is_not_sent_on(person: Journey, provider: OidcServer) -> None:
    back = await person.visit((await person.depart())["authorization_url"])
    provider.lies = Lies(answers={"/token": RedirectResponse("/userinfo", 307)})
    assert (await person.back(back)).status_code == 503
    assert "/userinfo" not in provider.asked


async def test_a_provider_that_is_not_there_is_unavailable(provider: OidcServer) -> None:
    async with journey(provider, OAUTH_OIDC_ISSUER="http://127.0.0.1:1") as person:
        await unavailable(person)


async def test_a_host_nobody_allowed_is_not_asked(provider: OidcServer) -> None:
    port = provider.issuer.rpartition(":")[2]
    issuer = f"http://localhost:{port}"
    async with journey(provider, OAUTH_OIDC_ISSUER=issuer, EGRESS_ALLOW="localhost") as person:
        provider.lies = Lies(metadata={"issuer": issuer, "jwks_uri": f"{provider.issuer}/jwks"})
        departure = await person.depart()
        provider.asked.clear()
        answer = await person.back({"code": "x", "state": departure["state"]})
        assert (answer.status_code, answer.json()["code"]) == (503, "address_forbidden")
        assert provider.asked == []


async def unavailable(person: Journey) -> None:
    answer = await person.here.client.post("/auth/oauth/authorize", json={"provider": "corp"})
    assert answer.status_code == 503, answer.text
    assert answer.json()["code"] in {"unavailable", "address_forbidden"}
    assert int(answer.headers["retry-after"]) > 0
