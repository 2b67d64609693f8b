"""A password is changed by whoever knows it, or by whoever sits at the machine."""

import anyio
import pytest

from domain.audit import AuditAction, Origin
from domain.errors import Invalid, NotSignedIn, TooMany
from domain.identity import PasswordChanged, UserMissing, WrongCredentials, WrongPassword
from tests.unit.use_cases.identity.house import PASSWORD, SOMEWHERE, House, asking

pytestmark = pytest.mark.anyio

NEW = "three blind mice"


async def test_the_new_one_signs_in_and_the_old_one_no_more(house: House) -> None:
    anna = await house.somebody()
    await house.change_password(asking(anna), PASSWORD, NEW, SOMEWHERE)
    await house.sign_in("anna", NEW, SOMEWHERE)
    with pytest.raises(WrongCredentials):
        await house.signed_in()


async def test_every_other_session_ends(house: House) -> None:
    anna = await house.somebody()
    here, elsewhere = await house.signed_in(), await house.signed_in()
    caller = asking(anna, (await house.claims(here)).session_id)
    await house.change_password(caller, PASSWORD, NEW, SOMEWHERE)
    assert [await house.alive(here), await house.alive(elsewhere)] == [True, False]
    (line,) = await house.lines(AuditAction.PASSWORD_CHANGED)
    assert (line.subject, line.origin) == (f"user:{anna.id}", SOMEWHERE)


async def test_a_wrong_one_changes_nothing_and_is_counted_as_a_failed_sign_in(house: House) -> None:
    anna = await house.somebody()
    for _ in range(10):
        with pytest.raises(WrongPassword):
            await house.change_password(asking(anna), "wrong horse", NEW, SOMEWHERE)
    with pytest.raises(TooMany):
        await house.change_password(asking(anna), PASSWORD, NEW, SOMEWHERE)
    with pytest.raises(TooMany):
        await house.signed_in()


@pytest.mark.parametrize("new", ["short", "Password1", "anna@example.org"])
async def test_what_nobody_may_have_is_refused_by_its_field(house: House, new: str) -> None:
    anna = await house.somebody()
    with pytest.raises(Invalid) as refused:
        await house.change_password(asking(anna), PASSWORD, new, SOMEWHERE)
    assert [error.field for error in refused.value.errors] == ["new_password"]
    await house.signed_in()


async def test_an_account_that_is_gone(house: House) -> None:
    su, anna = await house.su(), await house.somebody()
    await house.delete_user(su, anna.id, SOMEWHERE)
    with pytest.raises(NotSignedIn):
        await house.change_password(asking(anna), PASSWORD, NEW, SOMEWHERE)


async def test_of_two_at_once_one_is_told(house: House) -> None:
    anna = await house.somebody()
    told: list[str] = []

    async def change(new: str) -> None:
        try:
            await house.change_password(asking(anna), PASSWORD, new, SOMEWHERE)
        except (PasswordChanged, WrongPassword):
            told.append(new)

    async with anyio.create_task_group() as group:
        group.start_soon(change, NEW)
        group.start_soon(change, "the farmers wife")
    assert len(told) == 1
    (kept,) = {NEW, "the farmers wife"} - set(told)
    await house.sign_in("anna", kept, SOMEWHERE)


@pytest.mark.parametrize("name", ["anna", "anna@example.org"])
async def test_at_the_machine_nobody_asks_for_the_old_one(house: House, name: str) -> None:
    anna = await house.somebody()
    before = await house.signed_in()
    assert await house.change_password.of(name, NEW) == anna
    assert not await house.alive(before)
    await house.sign_in("anna", NEW, SOMEWHERE)
    (line,) = await house.lines(AuditAction.PASSWORD_CHANGED)
    assert line.origin == Origin()
    with pytest.raises(UserMissing):
        await house.change_password.of("nobody", NEW)
    with pytest.raises(Invalid):
        await house.change_password.of("anna", "annaanna")


async def test_both_names_of_an_account_are_counted_together(house: House) -> None:
    await house.somebody()
    for name in ("anna", "anna@example.org", "ANNA") * 3 + ("anna",):
        with pytest.raises(WrongCredentials):
            await house.sign_in(name, "wrong horse", SOMEWHERE)
    with pytest.raises(TooMany):
        await house.sign_in("Anna@example.org", PASSWORD, SOMEWHERE)
