"""Signing in with a password."""

from dataclasses import replace
from datetime import timedelta

import anyio
import pytest

from adapters.crypto.passwords import Argon2Passwords
from domain.audit import AuditAction, Origin
from domain.errors import DarkroomError, TooMany
from domain.identity import AccountDisabled, Session, WrongCredentials, hash_secret
from tests.unit.use_cases.identity.house import DAY, PASSWORD, SECOND, SOMEWHERE, House, asking

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", ["anna", "ANNA", "anna@example.org", "Anna@Example.ORG"])
async def test_a_name_or_an_address_and_its_password_give_tokens(house: House, name: str) -> None:
    anna = await house.somebody()
    tokens = await house.sign_in(name, PASSWORD, SOMEWHERE)
    claims, now = await house.claims(tokens), house.clock.now()
    assert (claims.user_id, claims.username, claims.role) == (anna.id, "anna", "user")
    assert set(claims.permissions) == anna.permissions
    assert (claims.expires_at, tokens.expires_in) == (now + timedelta(minutes=15), 900)
    assert await house.sessions.get(claims.session_id) == Session(
        claims.session_id, anna.id, now + DAY, now, now, None, SOMEWHERE.ip, SOMEWHERE.agent
    )


async def test_each_sign_in_is_a_session_of_its_own(house: House) -> None:
    await house.somebody()
    first, second = await house.signed_in(), await house.signed_in()
    assert first.refresh_token != second.refresh_token
    assert (await house.claims(first)).session_id != (await house.claims(second)).session_id


async def test_only_the_hash_of_a_refresh_token_is_kept(house: House) -> None:
    await house.somebody()
    tokens = await house.signed_in()
    assert list(house.rows.rows.refresh_tokens) == [hash_secret(tokens.refresh_token)]
    assert tokens.refresh_token not in repr(house.rows.rows)


@pytest.mark.parametrize(
    ("name", "password"),
    [("anna", "wrong horse"), ("anna", ""), ("nobody", PASSWORD), ("", ""), ("\0\ud800", "\ud800")],
)
async def test_wrong_and_unknown_are_told_the_same(house: House, name: str, password: str) -> None:
    await house.somebody()
    with pytest.raises(WrongCredentials) as refused:
        await house.sign_in(name, password, SOMEWHERE)
    assert refused.value.detail == "username or password is wrong"
    assert not house.rows.rows.sessions


async def test_refusals_are_remembered_with_whom_they_were_about(house: House) -> None:
    anna = await house.somebody()
    for name in ("anna", "nobody"):
        with pytest.raises(WrongCredentials):
            await house.sign_in(name, "wrong horse", SOMEWHERE)
    known, unknown = await house.lines(AuditAction.SIGN_IN_REFUSED)
    assert (known.subject, known.origin) == (f"user:{anna.id}", SOMEWHERE)
    assert (unknown.subject, unknown.origin) == ("user:unknown", SOMEWHERE)


async def test_a_sign_in_is_remembered_as_the_owners_deed(house: House) -> None:
    anna = await house.somebody()
    await house.signed_in()
    (line,) = await house.lines(AuditAction.SIGNED_IN)
    assert (line.subject, line.origin) == (f"user:{anna.id}", Origin(anna.id, SOMEWHERE.ip, SOMEWHERE.agent))
    assert line.at == house.clock.now()


async def test_an_account_without_a_password_signs_in_by_none(house: House) -> None:
    anna = await house.somebody()
    async with house.store.begin() as unit:
        await unit.users.save(replace(anna, password_hash=None))
        await unit.commit()
    for password in ("", PASSWORD, "None"):
        with pytest.raises(WrongCredentials):
            await house.sign_in("anna", password, SOMEWHERE)


async def test_a_disabled_account_is_told_so_by_the_right_password_only(house: House) -> None:
    su, anna = await house.su(), await house.somebody()
    await house.change(su, anna.id, is_active=False)
    with pytest.raises(WrongCredentials):
        await house.sign_in("anna", "wrong horse", SOMEWHERE)
    with pytest.raises(AccountDisabled):
        await house.sign_in("anna", PASSWORD, SOMEWHERE)
    assert not await house.sessions.of_user(anna.id, house.clock.now())


@pytest.mark.parametrize(
    ("how", "told"),
    [("disabled", AccountDisabled), ("deleted", WrongCredentials), ("given another password", WrongCredentials)],
)
async def test_an_account_that_changes_while_its_password_is_checked_gets_no_session(
    house: House, how: str, told: type[DarkroomError]
) -> None:
    su, anna = await house.su(), await house.somebody()

    class Interrupted(Argon2Passwords):
        """Takes so long that something happens meanwhile."""

        async def verify(self, password: str, hashed: str | None) -> bool:
            right = await super().verify(password, hashed)
            if how == "disabled":
                await house.change(su, anna.id, is_active=False)
            elif how == "given another password":
                await house.change(su, anna.id, password="another good one")
            else:
                await house.delete_user(su, anna.id, SOMEWHERE)
            return right

    with pytest.raises(told):
        await house.sign_in_with(Interrupted(memory_kib=64, rounds=2))("anna", PASSWORD, SOMEWHERE)
    assert not await house.sessions.of_user(anna.id, house.clock.now())


async def test_a_hash_of_yesterday_is_made_anew_at_a_good_sign_in_only(house: House) -> None:
    anna = await house.somebody()
    stronger = Argon2Passwords(memory_kib=64, rounds=3)
    sign_in = house.sign_in_with(stronger)
    with pytest.raises(WrongCredentials):
        await sign_in("anna", "wrong horse", SOMEWHERE)
    assert await house.users.get(anna.id) == anna
    await sign_in("anna", PASSWORD, SOMEWHERE)
    after = await house.users.get(anna.id)
    assert after
    assert after.password_hash
    assert after == replace(anna, password_hash=after.password_hash)
    assert not stronger.outdated(after.password_hash)
    await sign_in("anna", PASSWORD, SOMEWHERE)
    assert await house.users.get(anna.id) == after


async def test_a_hash_of_today_stays(house: House) -> None:
    anna = await house.somebody()
    await house.signed_in()
    assert await house.users.get(anna.id) == anna


async def test_guessing_is_slowed_down_and_the_right_password_waits_too(house: House) -> None:
    await house.somebody()
    await house.somebody("bert")
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            await house.sign_in("anna", "wrong horse", SOMEWHERE)
    for password in ("wrong horse", PASSWORD):
        with pytest.raises(TooMany) as refused:
            await house.sign_in("anna", password, SOMEWHERE)
        assert refused.value.retry_after == 30
    await house.signed_in("bert")
    house.clock.advance(30 * SECOND)
    await house.signed_in()


async def test_unknown_names_are_slowed_down_alike(house: House) -> None:
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            await house.sign_in("nobody", PASSWORD, SOMEWHERE)
    with pytest.raises(TooMany):
        await house.sign_in("nobody", PASSWORD, SOMEWHERE)


async def test_a_new_password_replaces_the_old_one(house: House) -> None:
    su, anna = await house.su(), await house.somebody()
    await house.change(su, anna.id, password="another horse")
    with pytest.raises(WrongCredentials):
        await house.signed_in()
    await house.sign_in("anna", "another horse", SOMEWHERE)


async def test_named_roles_ride_in_the_token(house: House) -> None:
    su, anna = await house.su(), await house.somebody()
    await house.keep_roles.create(su, "auditors", ["audit_view"], None, SOMEWHERE)
    changed = await house.change(su, anna.id, roles=["auditors"])
    claims = await house.claims(await house.signed_in())
    assert set(claims.permissions) == {"audit_view", "media_store_read"} == asking(changed).permissions


async def test_looking_a_name_up_waits_for_no_writer(house: House) -> None:
    verifying = anyio.Event()

    class Watched(Argon2Passwords):
        async def verify(self, password: str, hashed: str | None) -> bool:
            verifying.set()
            return await super().verify(password, hashed)

    await house.somebody()
    sign_in = house.sign_in_with(Watched(memory_kib=64, rounds=2))
    async with anyio.create_task_group() as tasks, house.store.begin():
        tasks.start_soon(sign_in, "anna", PASSWORD, SOMEWHERE)
        with anyio.fail_after(2):
            await verifying.wait()
    assert len(house.rows.rows.sessions) == 1
