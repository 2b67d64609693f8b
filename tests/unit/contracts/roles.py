"""What every keeper of named roles promises."""

from dataclasses import replace

import anyio
import pytest

from domain.access import Permission
from domain.roles import RoleTaken
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import later, put, role, user


class RolesContract:
    """Suite for `Roles` and `RoleReads`."""

    @pytest.mark.parametrize("permissions", [(), (Permission.JOBS_VIEW,), tuple(Permission)])
    async def test_gives_a_role_back_as_it_was(self, rooms: Rooms, permissions: tuple[Permission, ...]) -> None:
        kept = role("editors", *permissions)
        await put(rooms.store, kept, role("plain", description=None))
        assert await rooms.roles.get("editors") == kept
        async with rooms.store.begin() as unit:
            assert await unit.roles.get("editors") == kept

    async def test_an_unknown_role_is_absent(self, rooms: Rooms) -> None:
        assert await rooms.roles.get("editors") is None
        async with rooms.store.begin() as unit:
            assert await unit.roles.get("editors") is None
            assert not await unit.roles.remove("editors")
            assert list(await unit.roles.holders("editors")) == []
            await unit.roles.save(role("editors"))
            await unit.commit()
        assert list(await rooms.roles.all()) == []

    async def test_a_name_belongs_to_one_role(self, rooms: Rooms) -> None:
        kept = role("editors")
        await put(rooms.store, kept)
        with pytest.raises(RoleTaken):
            await put(rooms.store, role("editors", Permission.JOBS_VIEW))
        assert list(await rooms.roles.all()) == [kept]

    async def test_all_come_by_name(self, rooms: Rooms) -> None:
        names = ["0", "a", "a-b", "a0", "a_b", "ab", "b"]
        await put(rooms.store, *(role(name) for name in names[::-1]))
        assert [each.name for each in await rooms.roles.all()] == sorted(names)

    async def test_saving_replaces_for_everybody_who_holds_it(self, rooms: Rooms) -> None:
        before = role("editors", Permission.JOBS_VIEW)
        holder = user(named_roles=(before,))
        await put(rooms.store, before, holder)
        after = replace(before, permissions=frozenset({Permission.AUDIT_VIEW}), description=None, updated_at=later(9))
        async with rooms.store.begin() as unit:
            await unit.roles.save(after)
            await unit.commit()
        assert await rooms.roles.get("editors") == after
        assert await rooms.users.get(holder.id) == replace(holder, named_roles=(after,))

    async def test_tells_who_holds_it(self, rooms: Rooms) -> None:
        held, other = role("editors"), role("viewers")
        holders = [user(named_roles=(held,)), user(named_roles=(held, other))]
        await put(rooms.store, held, other, *holders, user(named_roles=(other,)), user())
        async with rooms.store.begin() as unit:
            assert sorted(await unit.roles.holders("editors")) == sorted(each.id for each in holders)

    async def test_a_removed_role_is_taken_from_everybody_for_good(self, rooms: Rooms) -> None:
        gone, kept = role("editors"), role("viewers")
        holder = user(named_roles=(gone, kept))
        await put(rooms.store, gone, kept, holder)
        async with rooms.store.begin() as unit:
            assert await unit.roles.remove("editors")
            assert not await unit.roles.remove("editors")
            await unit.commit()
        await put(rooms.store, gone)
        assert await rooms.users.get(holder.id) == replace(holder, named_roles=(kept,))
        async with rooms.store.begin() as unit:
            assert list(await unit.roles.holders("editors")) == []

    @pytest.mark.parametrize("what", ["the role", "a holder"])
    async def test_what_is_being_changed_is_held(self, rooms: Rooms, what: str) -> None:
        held = role("editors")
        holder = user(named_roles=(held,))
        await put(rooms.store, held, holder)
        order: list[str] = []

        async def change() -> None:
            async with rooms.store.begin() as unit:
                await unit.roles.get("editors")
                await unit.roles.holders("editors")
                await anyio.sleep(0.1)
                order.append("changed")

        async def look() -> None:
            await anyio.sleep(0.03)
            async with rooms.store.begin() as unit:
                await (unit.roles.get("editors") if what == "the role" else unit.users.get(holder.id))
                order.append("given or signed in")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(change)
            tasks.start_soon(look)
        assert order == ["changed", "given or signed in"]
