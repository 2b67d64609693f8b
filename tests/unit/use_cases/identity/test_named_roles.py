"""Named roles: made, changed, taken away."""

import pytest

from domain.access import Permission
from domain.audit import AuditAction
from domain.errors import Forbidden, Invalid
from domain.identity import SESSIONS_TOPIC
from domain.roles import NamedRole, RoleMissing, RoleTaken
from tests.unit.use_cases.identity.house import SECOND, SOMEWHERE, House, asking

pytestmark = pytest.mark.anyio


async def test_the_superuser_makes_roles(house: House) -> None:
    su, now = await house.su(), house.clock.now()
    made = await house.keep_roles.create(su, "auditors", ["audit_view", "audit_view"], "who look", SOMEWHERE)
    assert made == NamedRole("auditors", frozenset({Permission.AUDIT_VIEW}), now, now, "who look")
    assert await house.roles.get("auditors") == made
    (line,) = await house.lines(AuditAction.ROLE_CREATED)
    assert line.subject == "role:auditors"
    with pytest.raises(RoleTaken):
        await house.keep_roles.create(su, "auditors", [], None, SOMEWHERE)
    assert len(await house.lines(AuditAction.ROLE_CREATED)) == 1


@pytest.mark.parametrize("name", ["su", "admin", "user", "", "Editors", "a b", "-a", "a" * 64, "é", "a/b"])
async def test_names_no_role_may_have(house: House, name: str) -> None:
    su = await house.su()
    with pytest.raises(Invalid) as refused:
        await house.keep_roles.create(su, name, [], None, SOMEWHERE)
    assert [error.field for error in refused.value.errors] == ["name"]


@pytest.mark.parametrize("permission", ["", "fly", "users_manage", "AUDIT_VIEW"])
async def test_permissions_no_role_may_give(house: House, permission: str) -> None:
    su = await house.su()
    await house.keep_roles.create(su, "auditors", [], None, SOMEWHERE)
    for keep in (house.keep_roles.create, house.keep_roles.change):
        with pytest.raises(Invalid) as refused:
            await keep(su, "auditors", ["audit_view", permission], None, SOMEWHERE)
        assert [error.field for error in refused.value.errors] == ["permissions"]
    kept = await house.roles.get("auditors")
    assert kept
    assert kept.permissions == frozenset()


async def test_nobody_else_keeps_roles(house: House) -> None:
    caller = asking(await house.somebody())
    with pytest.raises(Forbidden):
        await house.keep_roles.create(caller, "auditors", [], None, SOMEWHERE)
    with pytest.raises(Forbidden):
        await house.keep_roles.change(caller, "auditors", [], None, SOMEWHERE)
    with pytest.raises(Forbidden):
        await house.keep_roles.remove(caller, "auditors", SOMEWHERE)


async def test_an_unknown_role_is_missing(house: House) -> None:
    su = await house.su()
    with pytest.raises(RoleMissing):
        await house.keep_roles.change(su, "auditors", [], None, SOMEWHERE)
    with pytest.raises(RoleMissing):
        await house.keep_roles.remove(su, "auditors", SOMEWHERE)
    assert not await house.lines(AuditAction.ROLE_CHANGED, AuditAction.ROLE_DELETED)


@pytest.mark.parametrize("how", ["changed", "removed"])
async def test_a_change_holds_at_once_for_those_who_hold_the_role(house: House, how: str) -> None:
    su, anna = await house.su(), await house.somebody()
    await house.somebody("bert")
    await house.keep_roles.create(su, "auditors", ["audit_view"], None, SOMEWHERE)
    await house.change(su, anna.id, roles=["auditors"])
    held, other = await house.signed_in(), await house.signed_in("bert")
    house.clock.advance(SECOND)
    async with house.signals.listen(SESSIONS_TOPIC) as taps:
        if how == "changed":
            await house.keep_roles.change(su, "auditors", ["jobs_view"], "else", SOMEWHERE)
            expected = {Permission.JOBS_VIEW, Permission.MEDIA_STORE_READ}
        else:
            await house.keep_roles.remove(su, "auditors", SOMEWHERE)
            expected = {Permission.MEDIA_STORE_READ}
        assert await anext(taps) == str((await house.claims(held)).session_id)
    assert not await house.alive(held)
    assert await house.alive(other)
    after = await house.users.get(anna.id)
    assert after
    assert set(after.permissions) == expected
    assert after.updated_at == house.clock.now()
    assert set((await house.claims(await house.signed_in())).permissions) == expected
    (line,) = await house.lines(AuditAction.ROLE_CHANGED, AuditAction.ROLE_DELETED)
    assert line.subject == "role:auditors"


async def test_a_role_of_the_same_name_made_later_is_nobodys(house: House) -> None:
    su, anna = await house.su(), await house.somebody()
    await house.keep_roles.create(su, "auditors", ["audit_view"], None, SOMEWHERE)
    await house.change(su, anna.id, roles=["auditors"])
    await house.keep_roles.remove(su, "auditors", SOMEWHERE)
    await house.keep_roles.create(su, "auditors", ["projects_all"], None, SOMEWHERE)
    after = await house.users.get(anna.id)
    assert after
    assert after.named_roles == ()
