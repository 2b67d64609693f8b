"""What every keeper of accounts promises."""

from dataclasses import replace
from uuid import uuid4

import anyio
import pytest

from domain.access import Permission, Role
from domain.identity import User, UsernameTaken
from domain.pages import PageRequest
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import ODD_TEXT, later, put, refused, role, session, user


class UsersContract:
    """Suite for `Users` and `UserReads`."""

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"email": None, "is_active": False, "role": Role.SU},
            {"password_hash": None},
            {"username": "Ünï_写真", "password_hash": ODD_TEXT, "role": Role.ADMIN},
        ],
    )
    async def test_gives_an_account_back_as_it_was(self, rooms: Rooms, fields: dict[str, object]) -> None:
        kept = user(**fields)
        await put(rooms.store, kept)
        assert await rooms.users.get(kept.id) == kept
        async with rooms.store.begin() as unit:
            assert await unit.users.get(kept.id) == kept

    async def test_an_unknown_account_is_absent(self, rooms: Rooms) -> None:
        assert await rooms.users.get(uuid4()) is None
        async with rooms.store.begin() as unit:
            assert await unit.users.get(uuid4()) is None
            assert await unit.users.named("nobody") is None
        assert await rooms.users.named("nobody") is None

    @pytest.mark.parametrize("asked", ["Straße", "STRASSE", "Ärger@Example.org", "äRGER@example.ORG"])
    async def test_is_found_by_username_or_email_in_any_letter_case(self, rooms: Rooms, asked: str) -> None:
        kept = user(username="straße", email="ärger@example.org")
        await put(rooms.store, kept, user())
        async with rooms.store.begin() as unit:
            assert await unit.users.named(asked) == kept
        assert await rooms.users.named(asked) == kept

    @pytest.mark.parametrize(
        "fields",
        [{"username": "ANNA"}, {"email": "Anna@X.org"}, {"username": "anna@x.org"}, {"email": "ANNA"}],
    )
    async def test_a_name_belongs_to_one_account(self, rooms: Rooms, fields: dict[str, object]) -> None:
        kept, second = user(username="Anna", email="anna@x.org"), user()
        await put(rooms.store, kept, second)
        with pytest.raises(UsernameTaken):
            await put(rooms.store, user(**fields))
        with pytest.raises(UsernameTaken):
            async with rooms.store.begin() as unit:
                await unit.users.save(replace(second, **fields))  # type: ignore[arg-type]
        assert await rooms.users.get(kept.id) == kept
        assert await rooms.users.get(second.id) == second

    async def test_username_and_email_may_be_the_same(self, rooms: Rooms) -> None:
        kept = user(username="me@x.org", email="ME@x.org")
        await put(rooms.store, kept)
        assert await rooms.users.get(kept.id) == kept

    async def test_saving_replaces_and_frees_old_names(self, rooms: Rooms) -> None:
        before = user(username="old", email="old@x.org")
        await put(rooms.store, before)
        after = replace(
            before, username="new", email=None, role=Role.ADMIN, is_active=False, password_hash="x", updated_at=later(9)
        )
        async with rooms.store.begin() as unit:
            await unit.users.save(after)
            await unit.commit()
        assert await rooms.users.get(before.id) == after
        await put(rooms.store, user(username="OLD", email="Old@x.org"))

    async def test_saving_an_absent_account_makes_none(self, rooms: Rooms) -> None:
        gone = user()
        async with rooms.store.begin() as unit:
            await unit.users.save(gone)
            await unit.commit()
        assert await rooms.users.get(gone.id) is None

    async def test_named_roles_come_with_the_account_by_name(self, rooms: Rooms) -> None:
        held = tuple(role(name, Permission.JOBS_VIEW) for name in ("a-b", "a0", "a_b", "ab"))
        kept, plain = user(named_roles=held[::-1]), user()
        await put(rooms.store, *held, role("other"), kept, plain)
        expected = replace(kept, named_roles=held)
        assert await rooms.users.get(kept.id) == expected
        assert await rooms.users.get(plain.id) == plain
        async with rooms.store.begin() as unit:
            assert await unit.users.get(kept.id) == expected
            assert await unit.users.named(kept.username) == expected
        fewer = replace(kept, named_roles=held[1:2])
        async with rooms.store.begin() as unit:
            await unit.users.save(fewer)
            await unit.commit()
        assert await rooms.users.get(kept.id) == fewer

    async def test_nobody_holds_a_role_that_does_not_exist(self, rooms: Rooms) -> None:
        with refused("parent_missing"):
            await put(rooms.store, user(named_roles=(role("dreamt-up"),)))

    async def test_pages_begin_with_the_newest_and_tell_named_roles(self, rooms: Rooms) -> None:
        held = role("editors", Permission.MEDIA_STORE_WRITE)
        kept = [user(created_at=later(number), named_roles=(held,) * (number % 2)) for number in range(5)]
        await put(rooms.store, held, *kept)
        first = await rooms.users.page(PageRequest(1, 2))
        last = await rooms.users.page(PageRequest(3, 2))
        assert (list(first.items), first.total) == ([kept[4], kept[3]], 5)
        assert list(last.items) == [kept[0]]
        assert list((await rooms.users.page(PageRequest(4, 2))).items) == []

    async def test_a_removed_account_is_gone_and_its_names_are_free(self, rooms: Rooms) -> None:
        held = role("editors")
        gone, other = user(username="anna", email="anna@x.org", named_roles=(held,)), user(named_roles=(held,))
        signed_in = session(gone.id, revoked_at=None)
        await put(rooms.store, held, gone, other, signed_in)
        async with rooms.store.begin() as unit:
            assert await unit.users.remove(gone.id)
            assert not await unit.users.remove(gone.id)
            assert await unit.users.named("ANNA") is None
            await unit.commit()
        assert await rooms.users.get(gone.id) is None
        assert await rooms.users.get(other.id) == other
        assert await rooms.sessions.get(signed_in.id) == signed_in
        async with rooms.store.begin() as unit:
            assert list(await unit.roles.holders("editors")) == [other.id]
        await put(rooms.store, user(username="Anna", email="Anna@x.org"))

    async def test_tells_which_accounts_changed_lately(self, rooms: Rooms) -> None:
        before, at, after = (user(updated_at=later(seconds)) for seconds in (4.999999, 5, 6))
        await put(rooms.store, before, at, after)
        assert sorted(await rooms.users.changed_since(later(5))) == sorted([at.id, after.id])
        assert list(await rooms.users.changed_since(later(7))) == []

    async def test_superusers_are_all_of_that_role(self, rooms: Rooms) -> None:
        held = role("editors")
        ours = [user(role=Role.SU, named_roles=(held,)), user(role=Role.SU, is_active=False)]
        await put(rooms.store, held, *ours, user(role=Role.ADMIN), user())
        async with rooms.store.begin() as unit:
            found = await unit.users.superusers()
        assert sorted(found, key=lambda each: each.id) == sorted(ours, key=lambda each: each.id)

    async def test_of_two_superusers_who_remove_each_other_one_stays(self, rooms: Rooms) -> None:
        pair = [user(role=Role.SU), user(role=Role.SU)]
        await put(rooms.store, *pair)
        seen: list[int] = []

        async def remove(other: User) -> None:
            async with rooms.store.begin() as unit:
                superusers = await unit.users.superusers()
                seen.append(len(superusers))
                await anyio.sleep(0.05)
                if len(superusers) > 1:
                    await unit.users.remove(other.id)
                    await unit.commit()

        async with anyio.create_task_group() as tasks:
            for each in pair:
                tasks.start_soon(remove, each)
        assert sorted(seen) == [1, 2]
        assert (await rooms.users.page(PageRequest())).total == 1

    async def test_of_many_who_make_the_first_superuser_one_does(self, rooms: Rooms) -> None:
        async def start() -> None:
            async with rooms.store.begin() as unit:
                if not await unit.users.superusers():
                    await anyio.sleep(0.01)
                    await unit.users.add(user(role=Role.SU))
                    await unit.commit()

        async with anyio.create_task_group() as tasks:
            for _ in range(8):
                tasks.start_soon(start)
        assert (await rooms.users.page(PageRequest())).total == 1

    async def test_a_superuser_who_is_counted_on_cannot_be_changed_meanwhile(self, rooms: Rooms) -> None:
        kept = user(role=Role.SU)
        await put(rooms.store, kept)
        order: list[str] = []

        async def count() -> None:
            async with rooms.store.begin() as unit:
                await unit.users.superusers()
                await anyio.sleep(0.1)
                order.append("counted on")

        async def demote() -> None:
            await anyio.sleep(0.03)
            async with rooms.store.begin() as unit:
                assert await unit.users.get(kept.id) == kept
                order.append("changed")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(count)
            tasks.start_soon(demote)
        assert order == ["counted on", "changed"]
