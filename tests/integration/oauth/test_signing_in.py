"""Signing in through a provider: whose account it is, and that nothing works twice."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.audit import AuditAction
from domain.identity import hash_secret
from tests.integration.oauth.journeys import APP, CALLBACK, Journey, journey
from tests.servers.oidc import CLIENT_ID, OidcServer

pytestmark = pytest.mark.anyio


async def test_the_way_out_carries_everything_the_way_back_needs(person: Journey, provider: OidcServer) -> None:
    departure = await person.depart()
    assert departure["expires_in"] == 600
    url = urlsplit(departure["authorization_url"])
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{provider.issuer}/authorize"
    asked = {name: value for name, (value,) in parse_qs(url.query).items()}
    assert len(asked.pop("nonce")) == len(asked.pop("code_challenge")) == 43
    assert asked == {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": CALLBACK,
        "scope": "openid email",
        "state": departure["state"],
        "code_challenge_method": "S256",
    }
    assert departure["state"] != (await person.depart())["state"]


async def test_a_stranger_gets_an_account_and_the_same_one_next_time(person: Journey, provider: OidcServer) -> None:
    before = len(await person.accounts())
    tokens = await person.whole()
    assert set(tokens.json()) == {"access_token", "refresh_token", "token_type", "expires_in"}
    me = await person.me(tokens)
    assert (me["username"], me["email"], me["role"]) == ("anna@example.org", "anna@example.org", "user")
    provider.person |= {"email": "married@example.org", "email_verified": False}
    again = await person.me(await person.whole())
    assert again["id"] == me["id"]
    assert len(await person.accounts()) == before + 1
    refreshed = await person.here.client.post("/auth/refresh", json={"refresh_token": tokens.json()["refresh_token"]})
    assert refreshed.status_code == 200


async def test_such_an_account_has_no_password(person: Journey) -> None:
    await person.whole()
    for password in ("", "None", "long-enough"):
        answer = await person.log_in("anna@example.org", password or " " * 8)
        assert answer.status_code == 401


async def test_the_audit_log_tells_who_came_in_how(person: Journey) -> None:
    me = await person.me(await person.whole())
    told = [(each.action, each.payload.get("by")) for each in await person.noted() if me["id"] in each.subject]
    assert told == [
        (AuditAction.SIGNED_IN, "oauth:corp"),
        (AuditAction.IDENTITY_LINKED, "oauth:corp"),
        (AuditAction.REGISTERED, "oauth:corp"),
    ]


async def test_a_verified_address_leads_into_the_account_that_has_it(person: Journey) -> None:
    owner = await person.register("Anna@Example.org", username="anna")
    me = await person.me(await person.whole())
    assert (me["id"], me["username"]) == (owner, "anna")


async def test_whoever_registered_with_somebody_s_address_is_out_when_its_owner_comes(person: Journey) -> None:
    await person.register("anna@example.org", username="mallory")
    stolen = await person.log_in("anna@example.org")
    bearer = {"Authorization": f"Bearer {stolen.json()['access_token']}"}
    assert (await person.here.client.get("/auth/me", headers=bearer)).status_code == 200
    await person.me(await person.whole())
    await asyncio.sleep(1.1)  # nobody listens for signals here, so it takes a second
    assert (await person.here.client.get("/auth/me", headers=bearer)).status_code == 401
    refresh = {"refresh_token": stolen.json()["refresh_token"]}
    assert (await person.here.client.post("/auth/refresh", json=refresh)).status_code == 401
    assert (await person.log_in("anna@example.org")).status_code == 401


async def test_a_password_the_owner_got_later_stays(person: Journey) -> None:
    me = await person.me(await person.whole())
    su = person.here.headers["su"]
    changed = await person.here.client.patch(f"/users/{me['id']}", json={"password": "from-the-su"}, headers=su)
    assert changed.status_code == 200
    await person.whole()
    assert (await person.log_in("anna@example.org", "from-the-su")).status_code == 200


async def test_a_username_is_no_address(person: Journey) -> None:
    # The command line alone gives names that look like addresses to accounts that do not have them.
    await person.here.room.identity().create_superuser()("anna@example.org", "long-enough")
    answer = await person.whole()
    assert (answer.status_code, answer.json()["code"]) == (409, "username_taken")


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("verified", [False, None, "false", "yes", 0, []])
async def test_an_address_nobody_vouches_for_leads_nowhere(
    person: Journey, provider: OidcServer, known: bool, verified: object
) -> None:
    if known:
        await person.register("anna@example.org")
    before = len(await person.accounts())
    provider.person["email_verified"] = verified
    answer = await person.whole()
    assert (answer.status_code, answer.json()["code"]) == (403, "email_not_verified")
    assert len(await person.accounts()) == before
    last, *_ = await person.noted()
    assert (last.action, last.payload) == (
        AuditAction.SIGN_IN_REFUSED,
        {"by": "oauth:corp", "reason": "email_not_verified"},
    )


async def test_a_person_without_an_address_gets_an_account_of_their_own(person: Journey, provider: OidcServer) -> None:
    provider.person = {"sub": "person-2"}
    me = await person.me(await person.whole())
    assert me["email"] is None
    assert (await person.me(await person.whole()))["id"] == me["id"]


async def test_an_address_may_be_told_at_a_second_place(person: Journey, provider: OidcServer) -> None:
    owner = await person.register("anna@example.org")
    provider.tells_email_at_userinfo_only = True
    assert (await person.me(await person.whole()))["id"] == owner


async def test_what_is_told_there_about_somebody_else_is_not_believed(person: Journey, provider: OidcServer) -> None:
    owner = await person.register("anna@example.org")
    provider.tells_email_at_userinfo_only = True
    provider.lies.claims = {"sub": "somebody-else"}
    assert (await person.me(await person.whole()))["id"] != owner


async def test_where_registration_is_closed_strangers_stay_out(provider: OidcServer) -> None:
    async with journey(provider.issuer, REGISTRATION="closed") as person:
        answer = await person.whole()
        assert (answer.status_code, answer.json()["code"]) == (403, "registration_closed")
        su = person.here.headers["su"]
        body = {"username": "anna", "email": "anna@example.org", "password": "long-enough", "role": "user"}
        made = await person.here.client.post("/users", json=body, headers=su)
        assert (await person.me(await person.whole()))["id"] == made.json()["id"]


async def test_a_disabled_account_stays_disabled(person: Journey) -> None:
    su = person.here.headers["su"]
    first = await person.register("anna@example.org")
    off = {"json": {"is_active": False}, "headers": su}
    await person.here.client.patch(f"/users/{first}", **off)
    answer = await person.whole()
    assert (answer.status_code, answer.json()["code"]) == (403, "account_disabled")
    await person.here.client.patch(f"/users/{first}", json={"is_active": True}, headers=su)
    await person.me(await person.whole())
    await person.here.client.patch(f"/users/{first}", **off)
    assert (await person.whole()).json()["code"] == "account_disabled"


async def test_a_deleted_account_leaves_nothing_behind_that_signs_in(person: Journey) -> None:
    me = await person.me(await person.whole())
    await person.here.client.delete(f"/users/{me['id']}", headers=person.here.headers["su"])
    assert (await person.me(await person.whole()))["id"] != me["id"]


async def test_the_app_may_be_returned_to_where_the_operator_said(provider: OidcServer) -> None:
    async with journey(provider.issuer, OAUTH_REDIRECT_URIS=f"{APP},com.example.app:/in") as person:
        for wanted, expected in ((None, APP), ("com.example.app:/in",) * 2, (CALLBACK, CALLBACK)):
            departure = await person.depart(**({"redirect_uri": wanted} if wanted else {}))
            asked = parse_qs(urlsplit(departure["authorization_url"]).query)
            assert asked["redirect_uri"] == [expected]
            back = await person.visit(departure["authorization_url"])
            assert (await person.back(back)).status_code == 200
        for wanted in (f"{APP}/", f"{APP}?next=//evil.example", "https://evil.example", ""):
            body = {"provider": "corp", "redirect_uri": wanted}
            answer = await person.here.client.post("/auth/oauth/authorize", json=body)
            assert (answer.status_code, answer.json()["code"]) == (422, "redirect_uri_not_allowed")


@pytest.mark.parametrize("name", ["google", "apple", "oidc", "Corp", "corp "])
async def test_a_provider_nobody_configured_is_unknown(person: Journey, name: str) -> None:
    answer = await person.here.client.post("/auth/oauth/authorize", json={"provider": name})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_provider")


async def test_a_state_works_once(person: Journey, provider: OidcServer) -> None:
    provider.lies.codes_work_twice = True
    departure = await person.depart()
    back = await person.visit(departure["authorization_url"])
    assert (await person.back(back)).status_code == 200
    again = await person.back(back)
    assert (again.status_code, again.json()["code"]) == (400, "oauth_state_invalid")


async def test_of_many_who_come_with_one_state_one_gets_in(person: Journey, provider: OidcServer) -> None:
    provider.lies.codes_work_twice = True
    back = await person.visit((await person.depart())["authorization_url"])
    answers = await asyncio.gather(*(person.back(back) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 9


@pytest.mark.parametrize("state", ["", "x", "0" * 43])
async def test_a_state_of_somebody_s_own_making_is_refused(person: Journey, provider: OidcServer, state: str) -> None:
    back = await person.visit((await person.depart())["authorization_url"])
    provider.asked.clear()
    answer = await person.back({**back, "state": state})
    assert answer.status_code == (400 if state else 422)
    assert provider.asked == []


async def test_a_state_belongs_to_its_provider(person: Journey, provider: OidcServer) -> None:
    back = await person.visit((await person.depart())["authorization_url"])
    provider.asked.clear()
    answer = await person.back({**back, "provider": "google"})
    assert (answer.status_code, answer.json()["code"]) == (400, "oauth_state_invalid")
    assert provider.asked == []


async def test_a_code_does_not_work_twice(person: Journey) -> None:
    first = await person.visit((await person.depart())["authorization_url"])
    assert (await person.back(first)).status_code == 200
    answer = await person.back({"code": first["code"], "state": (await person.depart())["state"]})
    assert (answer.status_code, answer.json()["code"]) == (401, "oauth_refused")


async def test_a_code_does_not_work_with_another_s_sign_in(person: Journey, provider: OidcServer) -> None:
    mine = await person.visit((await person.depart())["authorization_url"])
    theirs = await person.visit((await person.depart())["authorization_url"])
    answer = await person.back({"code": mine["code"], "state": theirs["state"]})
    assert (answer.status_code, answer.json()["code"]) == (401, "oauth_refused")


@pytest.mark.parametrize("with_state", [True, False])
async def test_who_is_refused_at_the_provider_is_told_so(person: Journey, with_state: bool) -> None:
    departure = await person.depart()
    told = {"error": "access_denied", "error_description": "no"}
    if with_state:
        told["state"] = departure["state"]
    answer = await person.back(told)
    assert (answer.status_code, answer.json()["code"]) == (401, "oauth_refused")
    assert "access_denied" in answer.json()["detail"]
    if with_state:
        back = await person.visit(departure["authorization_url"])
        assert (await person.back(back)).status_code == 400


async def test_an_error_is_not_repeated_when_it_is_no_word(person: Journey) -> None:
    answer = await person.back({"error": "<script>alert(1)</script>"})
    assert answer.status_code == 401
    assert "script" not in answer.text


@pytest.mark.parametrize(
    "body", [{}, {"code": "x"}, {"state": "x"}, {"code": "", "state": "x"}, {"code": 1, "state": 2}]
)
async def test_half_an_answer_is_invalid(person: Journey, body: dict[str, str]) -> None:
    assert (await person.back(body)).status_code == 422


async def test_nothing_kept_on_the_way_is_the_state_itself(person: Journey) -> None:
    departure = await person.depart()
    states = person.here.room.database().oauth_states
    assert await states.take(departure["state"]) is None
    assert await states.take(hash_secret(departure["state"])) is not None
