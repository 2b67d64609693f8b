"""Providers that break or dawdle: they count as down, and nothing of ours is harmed."""

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from tests.integration.oauth.journeys import Journey, journey
from tests.servers.oidc import Lies, OidcServer

pytestmark = pytest.mark.anyio

DISCOVERY = "/.well-known/openid-configuration"


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
        {"jwks_uri": "http://"},
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
    async with journey(provider.issuer, OAUTH_OIDC_ISSUER="http://127.0.0.1:1") as person:
        await unavailable(person)


async def test_a_host_nobody_allowed_is_not_asked(provider: OidcServer) -> None:
    port = provider.issuer.rpartition(":")[2]
    issuer = f"http://localhost:{port}"
    async with journey(provider.issuer, OAUTH_OIDC_ISSUER=issuer, EGRESS_ALLOW="localhost") as person:
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
