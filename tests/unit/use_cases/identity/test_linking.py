"""Whoever owns an address gets the account of that address, and nothing that a stranger left there lets them in."""

from dataclasses import replace

import pytest

from application.identity.find_account import FindAccount
from domain.access import EVERYTHING, Role
from domain.audit import AuditAction
from domain.identity import User, WrongCredentials
from domain.inbox import PresignedUpload
from domain.oauth import ForeignIdentity
from tests.unit.contracts.presigned_uploads import presigned
from tests.unit.contracts.things import api_key, project, put
from tests.unit.use_cases.identity.house import PASSWORD, SOMEWHERE, House

pytestmark = pytest.mark.anyio

ANNA = ForeignIdentity("corp", "https://login.example", "1", "anna@example.org", email_verified=True)


async def kept(house: House, upload: PresignedUpload) -> None:
    async with house.store.begin() as unit:
        await unit.presigned_uploads.add(upload)
        await unit.commit()


async def comes_in(house: House, identity: ForeignIdentity = ANNA) -> User:
    find = FindAccount(house.store, house.end_sessions, house.remember, house.clock, house.ids, registration_open=True)
    return await find(identity, SOMEWHERE)


async def test_a_stranger_who_registered_the_address_is_out(house: House) -> None:
    """They signed in, made a project and a key for it, and wait for what the owner of the address uploads."""
    squatted = await house.somebody()
    tokens, home = await house.signed_in(), project(owner_id=squatted.id)
    key = api_key(home.id)
    await put(house.store, home, key)
    upload = presigned(home)
    await kept(house, upload)

    anna = await comes_in(house)

    assert anna.id == squatted.id
    assert anna.links_since == house.clock.now()
    assert anna == await house.users.get(anna.id)
    assert house.rows.rows.presigned_uploads[upload.id].left
    assert not await house.alive(tokens)
    assert await house.api_keys.hashed(key.hash) is None
    with pytest.raises(WrongCredentials):
        await house.sign_in("anna", PASSWORD, SOMEWHERE)
    (line,) = await house.lines(AuditAction.IDENTITY_LINKED)
    assert line.payload == {"by": "oauth:corp", "keys_removed": 1}
    assert await house.projects.get(EVERYTHING, home.id) == home


async def test_what_is_made_afterwards_stays(house: House) -> None:
    await house.somebody()
    anna = await comes_in(house)
    home = project(owner_id=anna.id)
    key = api_key(home.id)
    await put(house.store, home, key)
    for again in (ANNA, replace(ANNA, provider="google", issuer="https://accounts.example")):
        assert await comes_in(house, again) == anna
    assert await house.api_keys.hashed(key.hash) == key


async def test_an_account_that_a_superuser_vouched_for_keeps_its_keys(house: House) -> None:
    su, anna = await house.su(), await house.somebody()
    await house.change(su, anna.id, role=Role.ADMIN.value)
    home = project(owner_id=anna.id)
    key = api_key(home.id)
    await put(house.store, home, key)
    await comes_in(house)
    assert await house.api_keys.hashed(key.hash) == key


async def test_an_account_that_was_proven_keeps_everything(house: House) -> None:
    """Its owner came by one provider, was given a password, and comes by another one now."""
    await house.somebody()
    anna = await comes_in(house)
    await house.change_password.of("anna", "three blind mice")
    before, tokens = await house.users.get(anna.id), await house.sign_in("anna", "three blind mice", SOMEWHERE)
    home = project(owner_id=anna.id)
    key, upload = api_key(home.id), presigned(home)
    await put(house.store, home, key)
    await kept(house, upload)
    assert await comes_in(house, replace(ANNA, issuer="https://accounts.example")) == before
    assert await house.alive(tokens)
    assert await house.api_keys.hashed(key.hash) == key
    assert house.rows.rows.presigned_uploads[upload.id] == upload
    last = (await house.lines(AuditAction.IDENTITY_LINKED))[-1]
    assert last.payload["keys_removed"] == 0
