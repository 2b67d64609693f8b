"""What every keeper of accounts promises."""

from dataclasses import replace
from uuid import uuid4

import pytest

from domain.access import Role
from domain.identity import UsernameTaken
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import ODD_TEXT, later, put, user


class UsersContract:
    """Suite for `Users` and `UserReads`."""

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"email": None, "is_active": False, "role": Role.SU},
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

    @pytest.mark.parametrize("asked", ["Straße", "STRASSE", "Ärger@Example.org", "äRGER@example.ORG"])
    async def test_is_found_by_username_or_email_in_any_letter_case(self, rooms: Rooms, asked: str) -> None:
        kept = user(username="straße", email="ärger@example.org")
        await put(rooms.store, kept, user())
        async with rooms.store.begin() as unit:
            assert await unit.users.named(asked) == kept

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

    async def test_knows_whether_there_is_a_superuser(self, rooms: Rooms) -> None:
        await put(rooms.store, user(role=Role.ADMIN), user(role=Role.SU, is_active=False))
        async with rooms.store.begin() as unit:
            assert not await unit.users.any_superuser()
            await unit.users.add(user(role=Role.SU))
            assert await unit.users.any_superuser()
