"""The second factor over HTTP: what an app and a client see of it."""

import base64
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.second_factor import code_at
from tests.unit.entrypoints.world import World, world

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PASSWORD = "three blind mice"


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        yield made


async def call(here: World, method: str, path: str, *, token: str | None = None, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else here.headers["su"]
    return await here.client.request(method, path, headers=headers, json=body or None)


async def signed_in(here: World, **otp: str) -> Any:
    return await call(here, "POST", "/auth/login", username="robin", password=PASSWORD, **otp)


def next_code(secret: str) -> str:
    """Good now, and for a minute at least."""
    return code_at(base64.b32decode(secret), int(time.time()) // 30 + 1)


async def test_the_whole_way(here: World) -> None:
    assert (await call(here, "POST", "/users", username="robin", password=PASSWORD)).status_code == 201
    token = (await signed_in(here)).json()["access_token"]
    begun = await call(here, "POST", "/auth/totp", token=token)
    assert (begun.status_code, set(begun.json())) == (200, {"secret", "otpauth_url"})
    secret = begun.json()["secret"]
    wrong = await call(here, "POST", "/auth/totp/confirm", token=token, code="wrong")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_code"), "401 would make clients refresh"
    confirmed = await call(here, "POST", "/auth/totp/confirm", token=token, code=next_code(secret))
    paper = confirmed.json()["recovery_codes"]
    assert (confirmed.status_code, len(set(paper))) == (200, 10)
    again = await call(here, "POST", "/auth/totp", token=token)
    assert (again.status_code, again.json()["code"]) == (409, "second_factor_on")

    for otp, code in (({}, "second_factor_required"), ({"otp": "000000x"}, "second_factor_wrong")):
        answer = await signed_in(here, **otp)
        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert answer.headers["www-authenticate"]
    assert (await signed_in(here, otp=paper[0])).status_code == 200
    assert (await signed_in(here, otp=paper[0])).json()["code"] == "second_factor_wrong"

    for password, code, told in (("not it", paper[1], "wrong_password"), (PASSWORD, "nonsense", "wrong_code")):
        refused = await call(here, "DELETE", "/auth/totp", token=token, password=password, code=code)
        assert (refused.status_code, refused.json()["code"]) == (403, told)
    ended = await call(here, "DELETE", "/auth/totp", token=token, password=PASSWORD, code=paper[1])
    assert (ended.status_code, set(ended.json())) == (200, {"message"})
    assert (await signed_in(here)).status_code == 200


async def test_without_a_password_there_is_the_provider(here: World) -> None:
    answer = await here.client.post("/auth/totp", headers=here.headers["owner"])
    assert (answer.status_code, answer.json()["code"]) == (409, "no_password")
