"""What every keeper of second factors promises."""

from dataclasses import replace
from uuid import UUID, uuid4

import anyio
import anyio.lowlevel

from domain.second_factor import SecondFactor
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import NOW, ODD_TEXT, later, put, refused, user


def factor(user_id: UUID) -> SecondFactor:
    return SecondFactor(user_id, ODD_TEXT, NOW, later(1), 2**40, ("b", "a", "c"))


async def kept(rooms: Rooms, *factors: SecondFactor) -> None:
    async with rooms.store.begin() as unit:
        for each in factors:
            await unit.second_factors.put(each)
        await unit.commit()


async def found(rooms: Rooms, user_id: UUID) -> SecondFactor | None:
    async with rooms.store.begin() as unit:
        return await unit.second_factors.get(user_id)


class SecondFactorsContract:
    """Suite for `SecondFactors`."""

    async def test_gives_one_back_as_it_was(self, rooms: Rooms) -> None:
        anna, ben = user(), user()
        await put(rooms.store, anna, ben)
        plain = SecondFactor(ben.id, "salt", NOW)
        await kept(rooms, factor(anna.id), plain)
        assert await found(rooms, anna.id) == factor(anna.id)
        assert await found(rooms, ben.id) == plain
        assert await found(rooms, uuid4()) is None

    async def test_there_is_one_for_each_account(self, rooms: Rooms) -> None:
        anna = user()
        await put(rooms.store, anna)
        await kept(rooms, factor(anna.id), SecondFactor(anna.id, "another", later(3)))
        assert await found(rooms, anna.id) == SecondFactor(anna.id, "another", later(3))

    async def test_an_account_must_be_there(self, rooms: Rooms) -> None:
        with refused("parent_missing"):
            await kept(rooms, factor(uuid4()))

    async def test_it_can_go_and_goes_with_its_account(self, rooms: Rooms) -> None:
        anna, ben = user(), user()
        await put(rooms.store, anna, ben)
        await kept(rooms, factor(anna.id), factor(ben.id))
        async with rooms.store.begin() as unit:
            assert await unit.second_factors.remove(anna.id)
            assert not await unit.second_factors.remove(anna.id)
            await unit.users.remove(ben.id)
            await unit.commit()
        assert await found(rooms, anna.id) is await found(rooms, ben.id) is None

    async def test_without_a_commit_nothing_changes(self, rooms: Rooms) -> None:
        anna = user()
        await put(rooms.store, anna)
        await kept(rooms, factor(anna.id))
        async with rooms.store.begin() as unit:
            await unit.second_factors.put(replace(factor(anna.id), last_step=1))
        async with rooms.store.begin() as unit:
            await unit.second_factors.remove(anna.id)
        assert await found(rooms, anna.id) == factor(anna.id)

    async def test_is_held_against_other_units(self, rooms: Rooms) -> None:
        """Of all who use the same code at once, one does."""
        anna = user()
        await put(rooms.store, anna)
        await kept(rooms, replace(factor(anna.id), recovery_hashes=("code",)))
        used: list[str] = []

        async def use() -> None:
            async with rooms.store.begin() as unit:
                there = await unit.second_factors.get(anna.id)
                assert there is not None
                if there.recovery_hashes:
                    await anyio.lowlevel.checkpoint()
                    await unit.second_factors.put(replace(there, recovery_hashes=()))
                    await unit.commit()
                    used.extend(there.recovery_hashes)

        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(use)
        assert used == ["code"]
