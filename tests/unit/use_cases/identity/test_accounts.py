"""Accounts: made by oneself, by the superuser, at the command line; changed and deleted."""

from dataclasses import replace
from uuid import UUID, uuid4

import anyio
import pytest

from application.identity.register import Register
from domain.access import EVERYTHING, Role, UserCaller
from domain.audit import AuditAction
from domain.errors import Forbidden, Invalid, Malformed
from domain.identity import (
    LastSuperuser,
    NotToOneself,
    RegistrationClosed,
    SessionMissing,
    User,
    UserMissing,
    UsernameTaken,
)
from domain.pages import PageRequest
from tests.unit.contracts.things import project, put
from tests.unit.use_cases.identity.house import PASSWORD, SECOND, SOMEWHERE, House, asking

pytestmark = pytest.mark.anyio


async def everybody(house: House) -> list[User]:
    return list((await house.users.page(PageRequest(1, 100))).items)


async def made(house: House, caller: UserCaller, **fields: object) -> User:
    asked = {"username": "bert", "password": PASSWORD, "role": "user"} | fields
    return await house.create_user(caller, SOMEWHERE, **asked)  # type: ignore[arg-type]


# --- by oneself ---


async def test_whoever_registers_is_a_user(house: House) -> None:
    anna = await house.register("anna@example.org", PASSWORD, "anna", SOMEWHERE)
    assert (anna.username, anna.email, anna.role, anna.is_active) == ("anna", "anna@example.org", Role.USER, True)
    assert anna.named_roles == ()
    assert (anna.created_at, anna.updated_at) == (house.clock.now(), house.clock.now())
    assert await house.users.get(anna.id) == anna
    (line,) = await house.lines()
    assert (line.action, line.subject, line.origin) == (AuditAction.REGISTERED, f"user:{anna.id}", SOMEWHERE)
    await house.signed_in()


@pytest.mark.parametrize("username", [None, ""])
async def test_the_username_defaults_to_the_address(house: House, username: str | None) -> None:
    assert (await house.register("anna@example.org", PASSWORD, username, SOMEWHERE)).username == "anna@example.org"


@pytest.mark.parametrize("username", ["admin", "Su", "sup-port"])
async def test_nobody_registers_a_name_of_authority(house: House, username: str) -> None:
    with pytest.raises(Invalid, match="reserved"):
        await house.register("anna@example.org", PASSWORD, username, SOMEWHERE)


async def test_nobody_registers_a_name_that_looks_like_anothers(house: House) -> None:
    await house.somebody("coco")
    with pytest.raises(UsernameTaken, match="looks like"):
        await house.register("x@example.org", PASSWORD, "\u0441\u043e\u0441\u043e", SOMEWHERE)
    await house.register("y@example.org", PASSWORD, "\u0412\u0435\u0440\u0430", SOMEWHERE)


async def test_nobody_registers_where_it_is_closed(house: House) -> None:
    closed = Register(house.store, house.passwords, house.remember, house.clock, house.ids, is_open=False)
    with pytest.raises(RegistrationClosed):
        await closed("anna@example.org", PASSWORD, "anna", SOMEWHERE)
    assert not await everybody(house)


@pytest.mark.parametrize(
    ("email", "username"),
    [
        ("Anna@Example.org", "other"),
        ("other@example.org", "ANNA"),
        ("anna@example.org", None),
    ],
)
async def test_taken_names_and_addresses_are_refused(house: House, email: str, username: str | None) -> None:
    anna = await house.somebody()
    with pytest.raises(UsernameTaken):
        await house.register(email, PASSWORD, username, SOMEWHERE)
    assert await everybody(house) == [anna]
    assert len(await house.lines()) == 1


@pytest.mark.parametrize(
    ("email", "username", "password", "field"),
    [
        ("no address", "anna", PASSWORD, "email"),
        ("anna@example.org", "an na", PASSWORD, "username"),
        ("anna@example.org", "somebody@else.example", PASSWORD, "username"),
        ("anna@example.org", "an\u200bna", PASSWORD, "username"),
        ("anna@example.org", "an\u202ena", PASSWORD, "username"),
        ("anna@example.org", "anna", "short", "password"),
        ("anna@example.org", "anna", "x" * 129, "password"),
    ],
)
async def test_bad_fields_are_named(house: House, email: str, username: str, password: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await house.register(email, password, username, SOMEWHERE)
    assert [error.field for error in refused.value.errors] == [field]
    assert not await everybody(house)


# --- at the command line ---


async def test_the_command_line_makes_superusers(house: House) -> None:
    root = await house.create_superuser("root", PASSWORD)
    assert (root.role, root.email) == (Role.SU, None)
    (line,) = await house.lines()
    assert (line.action, line.payload) == (AuditAction.USER_CREATED, {"role": "su"})
    with pytest.raises(UsernameTaken):
        await house.create_superuser("ROOT", PASSWORD)
    with pytest.raises(Invalid):
        await house.create_superuser("second", "short")


async def test_the_first_start_makes_one_however_many_start_at_once(house: House) -> None:
    made_: list[User | None] = []

    async def start() -> None:
        made_.append(await house.create_superuser.unless_there_is_one("root", PASSWORD))

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(start)
    (root,) = [each for each in made_ if each]
    assert await everybody(house) == [root]
    assert await house.create_superuser.unless_there_is_one("other", "") is None


# --- by the superuser ---


async def test_the_superuser_makes_accounts(house: House) -> None:
    su = await house.su()
    await house.keep_roles.create(su, "editors", ["media_store_write"], None, SOMEWHERE)
    bert = await made(house, su, role="admin", email="bert@example.org", roles=["editors", "editors"])
    assert (bert.role, bert.email, [role.name for role in bert.named_roles]) == (
        Role.ADMIN, "bert@example.org", ["editors"])  # fmt: skip
    assert await house.users.get(bert.id) == bert
    line = (await house.lines(AuditAction.USER_CREATED))[-1]
    assert (line.subject, line.payload) == (f"user:{bert.id}", {"role": "admin"})
    await house.signed_in("bert")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"role": "su"}, "role"),
        ({"role": "SU"}, "role"),
        ({"role": "editors"}, "role"),
        ({"role": ""}, "role"),
        ({"roles": ["editors"]}, "roles"),
        ({"email": "no address"}, "email"),
        ({"password": "short"}, "password"),
    ],
)
async def test_what_no_account_may_have_is_invalid(house: House, fields: dict[str, object], field: str) -> None:
    su = await house.su()
    with pytest.raises(Invalid) as refused:
        await made(house, su, **fields)
    assert [error.field for error in refused.value.errors] == [field]
    assert len(await everybody(house)) == 1


@pytest.mark.parametrize("role", ["admin", "user"])
async def test_nobody_else_makes_changes_or_deletes_accounts(house: House, role: str) -> None:
    su = await house.su()
    caller = asking(await made(house, su, role=role))
    for target in (caller.user_id, su.user_id, uuid4()):
        with pytest.raises(Forbidden):
            await house.change(caller, target, role="admin")
        with pytest.raises(Forbidden):
            await house.delete_user(caller, target, SOMEWHERE)
    with pytest.raises(Forbidden):
        await made(house, caller, username="carl")


@pytest.mark.parametrize(
    "changes",
    [{"role": "admin"}, {"password": "another horse"}, {"is_active": False}, {"roles": ["editors"]}],
)
async def test_changes_of_powers_end_the_sessions(house: House, changes: dict[str, object]) -> None:
    su, anna = await house.su(), await house.somebody()
    await house.somebody("bert")
    await house.keep_roles.create(su, "editors", ["media_store_write"], None, SOMEWHERE)
    mine, foreign = await house.signed_in(), await house.signed_in("bert")
    house.clock.advance(SECOND)
    changed = await house.change(su, anna.id, **changes)
    assert changed.updated_at == house.clock.now()
    assert await house.users.get(anna.id) == changed
    assert not await house.alive(mine)
    assert await house.alive(foreign)
    (line,) = await house.lines(AuditAction.USER_CHANGED)
    assert (line.subject, line.payload) == (f"user:{anna.id}", {"changed": list(changes)})


@pytest.mark.parametrize("changes", [{}, {"email": "new@example.org"}, {"role": "user"}, {"is_active": True}])
async def test_other_changes_do_not(house: House, changes: dict[str, object]) -> None:
    su, anna = await house.su(), await house.somebody()
    tokens = await house.signed_in()
    changed = await house.change(su, anna.id, **changes)
    assert changed == replace(anna, email=changes.get("email", anna.email))  # type: ignore[arg-type]
    assert await house.alive(tokens)


async def test_a_superuser_stays_one_whatever_else_is_changed(house: House) -> None:
    su, other = await house.su(), await house.su("other")
    for user_id in (su.user_id, other.user_id):
        changed = await house.change(su, user_id, role="su", password="another horse")
        assert changed.role is Role.SU


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"role": "su"}, Invalid),
        ({"role": "nobody"}, Invalid),
        ({"password": "short"}, Invalid),
        ({"email": "no address"}, Invalid),
        ({"roles": ["unknown"]}, Invalid),
        ({"email": "bert@example.org"}, UsernameTaken),
    ],
)
async def test_bad_changes_change_nothing(house: House, changes: dict[str, object], refusal: type[Exception]) -> None:
    su, anna = await house.su(), await house.somebody()
    await house.somebody("bert")
    tokens = await house.signed_in()
    with pytest.raises(refusal):
        await house.change(su, anna.id, **changes)
    assert await house.users.get(anna.id) == anna
    assert await house.alive(tokens)


async def test_an_unknown_account_is_missing(house: House) -> None:
    su = await house.su()
    with pytest.raises(UserMissing):
        await house.change(su, uuid4(), role="user")
    with pytest.raises(UserMissing):
        await house.delete_user(su, uuid4(), SOMEWHERE)


@pytest.mark.parametrize("changes", [{"role": "admin"}, {"is_active": False}, None])
async def test_a_superuser_cannot_lose_themselves(house: House, changes: dict[str, object] | None) -> None:
    su, _other = await house.su(), await house.su("second")
    with pytest.raises(NotToOneself) as refused:
        await lose(house, su, su.user_id, changes)
    assert isinstance(refused.value, Malformed)
    assert {user.role for user in await everybody(house)} == {Role.SU}
    await house.change(su, su.user_id, password="another horse", email="root@example.org")


async def lose(house: House, caller: UserCaller, user_id: UUID, changes: dict[str, object] | None) -> None:
    if changes is None:
        await house.delete_user(caller, user_id, SOMEWHERE)
    else:
        await house.change(caller, user_id, **changes)


@pytest.mark.parametrize("changes", [{"role": "admin"}, {"is_active": False}, None])
async def test_the_last_superuser_who_can_sign_in_stays(house: House, changes: dict[str, object] | None) -> None:
    su, second = await house.su(), await house.su("second")
    await lose(house, su, second.user_id, changes)
    # Whoever was just removed, demoted or disabled may still be asking elsewhere.
    with pytest.raises(LastSuperuser) as refused:
        await lose(house, second, su.user_id, changes)
    assert isinstance(refused.value, Malformed)
    root = await house.users.get(su.user_id)
    assert root
    assert (root.role, root.is_active) == (Role.SU, True)


@pytest.mark.parametrize("changes", [{"role": "user"}, {"is_active": False}, None])
async def test_of_superusers_who_remove_each_other_at_once_one_stays(
    house: House, changes: dict[str, object] | None
) -> None:
    pair = [await house.su("one"), await house.su("two")]
    refused: list[Exception] = []

    async def remove(caller: UserCaller, other: UserCaller) -> None:
        try:
            await lose(house, caller, other.user_id, changes)
        except LastSuperuser as error:
            refused.append(error)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(remove, pair[0], pair[1])
        tasks.start_soon(remove, pair[1], pair[0])
    assert len(refused) == 1
    assert len([each for each in await everybody(house) if each.role is Role.SU and each.is_active]) == 1


async def test_deleting_ends_sessions_and_bins_projects(house: House) -> None:
    su, anna = await house.su(), await house.somebody()
    await house.somebody("bert")
    mine, foreign = project(owner_id=anna.id), project()
    already = project(owner_id=anna.id, deleted_at=house.clock.now() - SECOND)
    await put(house.store, mine, foreign, already)
    tokens, others = await house.signed_in(), await house.signed_in("bert")
    house.clock.advance(SECOND)
    await house.delete_user(su, anna.id, SOMEWHERE)
    assert await house.users.get(anna.id) is None
    assert not await house.alive(tokens)
    assert await house.alive(others)
    assert await house.projects.get(EVERYTHING, mine.id) == mine.deleted(house.clock.now())
    assert await house.projects.get(EVERYTHING, already.id) == already
    assert await house.projects.get(EVERYTHING, foreign.id) == foreign
    (line,) = await house.lines(AuditAction.USER_DELETED)
    assert (line.subject, line.payload) == (f"user:{anna.id}", {"username": "anna", "projects": 1})
    with pytest.raises(SessionMissing):
        await house.end_sessions.own(anna.id, (await house.claims(tokens)).session_id, SOMEWHERE)
    await house.somebody()
