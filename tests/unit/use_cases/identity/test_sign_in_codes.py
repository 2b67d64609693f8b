"""Codes that sign in once: made at the machine, used up, replaced, over, and asked for a second factor."""

import base64
from dataclasses import replace
from datetime import timedelta

import anyio
import pytest

from application.identity.find_account import FindAccount
from domain.audit import AuditAction, Origin
from domain.identity import AccountDisabled, UserMissing, hash_secret
from domain.oauth import ForeignIdentity
from domain.second_factor import SecondFactorRequired, SecondFactorWrong, code_at
from domain.sign_in_codes import SignInCodeInvalid
from tests.unit.use_cases.identity.house import PASSWORD, SECOND, SOMEWHERE, House, asking

pytestmark = pytest.mark.anyio


async def test_a_code_signs_in_once(house: House) -> None:
    anna = await house.somebody()
    link = await house.make_sign_in_code("ANNA@example.org")
    assert link.user == anna
    assert link.url == f"https://darkroom.example/#code={link.code}"
    assert link.expires_at - house.clock.now() == timedelta(minutes=15)
    tokens = await house.sign_in_by_code(link.code, SOMEWHERE)
    assert (await house.claims(tokens)).user_id == anna.id
    assert await house.alive(tokens)
    for code in (link.code, link.code.lower(), "", "\0\ud800"):
        with pytest.raises(SignInCodeInvalid):
            await house.sign_in_by_code(code, SOMEWHERE)
    (made,) = await house.lines(AuditAction.SIGN_IN_CODE_MADE)
    assert (made.subject, made.origin) == (f"user:{anna.id}", Origin())
    (came,) = await house.lines(AuditAction.SIGNED_IN)
    assert (came.origin.actor_id, came.payload) == (anna.id, {"by": "code"})
    refused = await house.lines(AuditAction.SIGN_IN_REFUSED)
    assert [(line.subject, line.payload) for line in refused] == [("user:unknown", {"by": "code"})] * 4


async def test_only_its_hash_is_kept(house: House) -> None:
    await house.somebody()
    link = await house.make_sign_in_code("anna")
    assert [each.hash for each in house.rows.rows.sign_in_codes.values()] == [hash_secret(link.code)]
    assert link.code not in repr(house.rows.rows)


async def test_it_ends_to_the_second(house: House) -> None:
    await house.somebody()
    link = await house.make_sign_in_code("anna")
    house.clock.advance(timedelta(minutes=15) - SECOND)
    await house.sign_in_by_code(link.code, SOMEWHERE)
    link = await house.make_sign_in_code("anna")
    house.clock.advance(timedelta(minutes=15))
    with pytest.raises(SignInCodeInvalid):
        await house.sign_in_by_code(link.code, SOMEWHERE)


async def test_of_many_who_show_it_at_once_one_comes_in(house: House) -> None:
    await house.somebody()
    link = await house.make_sign_in_code("anna")
    ended: list[str] = []

    async def come() -> None:
        try:
            await house.sign_in_by_code(link.code, SOMEWHERE)
        except SignInCodeInvalid:
            ended.append("out")
        else:
            ended.append("in")

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(come)
    assert sorted(ended) == ["in"] + ["out"] * 4


@pytest.mark.parametrize("how", ["another", "password", "logout", "disabled", "deleted", "handed over"])
async def test_it_goes_with_what_it_would_have_given(house: House, how: str) -> None:
    anna, su = await house.somebody(), await house.su()
    link = await house.make_sign_in_code("anna")
    match how:
        case "another":
            await house.make_sign_in_code("anna")
        case "password":
            await house.change_password.of("anna", "three blind mice")
        case "logout":
            await house.end_sessions.everywhere(anna.id, SOMEWHERE)
        case "disabled":
            await house.change(su, anna.id, is_active=False)
        case "deleted":
            await house.delete_user(su, anna.id, SOMEWHERE)
        case _:
            parts = (house.store, house.end_sessions, house.remember, house.clock, house.ids)
            owner = ForeignIdentity("corp", "https://login.example", "1", "anna@example.org", email_verified=True)
            await FindAccount(*parts, registration_open=True)(owner, SOMEWHERE)
    with pytest.raises(SignInCodeInvalid):
        await house.sign_in_by_code(link.code, SOMEWHERE)


async def test_for_whom_none_is_made(house: House) -> None:
    anna = await house.somebody()
    with pytest.raises(UserMissing):
        await house.make_sign_in_code("nobody")
    await house.change(await house.su(), anna.id, is_active=False)
    with pytest.raises(AccountDisabled):
        await house.make_sign_in_code("anna")
    assert house.rows.rows.sign_in_codes == {}


async def test_a_second_factor_is_asked_for_and_the_code_waits_for_it(house: House) -> None:
    anna = asking(await house.somebody())
    secret = base64.b32decode((await house.begin_totp(anna)).secret)
    step = int(house.clock.now().timestamp()) // 30
    await house.confirm_totp(anna, code_at(secret, step), SOMEWHERE)
    link = await house.make_sign_in_code("anna")
    with pytest.raises(SecondFactorRequired):
        await house.sign_in_by_code(link.code, SOMEWHERE)
    with pytest.raises(SecondFactorWrong):
        await house.sign_in_by_code(link.code, SOMEWHERE, "nonsense")
    right = code_at(secret, step + 1)
    with pytest.raises(SignInCodeInvalid):
        await house.sign_in_by_code("forged", SOMEWHERE, right)
    await house.sign_in_by_code(link.code, SOMEWHERE, right)
    with pytest.raises(SecondFactorWrong):
        await house.sign_in("anna", PASSWORD, SOMEWHERE, right)


async def test_an_account_without_a_password_comes_in_too(house: House) -> None:
    anna = await house.somebody()
    async with house.store.begin() as unit:
        await unit.users.save(replace(anna, password_hash=None))
        await unit.commit()
    await house.sign_in_by_code((await house.make_sign_in_code("anna")).code, SOMEWHERE)
