"""What every keeper of codes that sign in once promises."""

from uuid import UUID, uuid4

import anyio
import anyio.lowlevel

from domain.sign_in_codes import SignInCode
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import later, put, refused, user


async def kept(rooms: Rooms, *codes: SignInCode) -> None:
    async with rooms.store.begin() as unit:
        for code in codes:
            await unit.sign_in_codes.put(code)
        await unit.commit()


async def found(rooms: Rooms, code_hash: str) -> SignInCode | None:
    async with rooms.store.begin() as unit:
        return await unit.sign_in_codes.get(code_hash)


def code(user_id: UUID, hashed: str = "one") -> SignInCode:
    return SignInCode(user_id, hashed, later(900))


class SignInCodesContract:
    """Suite for `SignInCodes`."""

    async def test_gives_one_back_as_it_was(self, rooms: Rooms) -> None:
        anna, ben = user(), user()
        await put(rooms.store, anna, ben)
        await kept(rooms, code(anna.id), code(ben.id, "two"))
        assert await found(rooms, "one") == code(anna.id)
        assert await found(rooms, "two") == code(ben.id, "two")
        assert await found(rooms, "ONE") is None

    async def test_a_newer_one_takes_its_place(self, rooms: Rooms) -> None:
        anna = user()
        await put(rooms.store, anna)
        await kept(rooms, code(anna.id), code(anna.id, "two"))
        assert await found(rooms, "one") is None
        assert await found(rooms, "two") == code(anna.id, "two")

    async def test_an_account_must_be_there(self, rooms: Rooms) -> None:
        with refused("parent_missing"):
            await kept(rooms, code(uuid4()))

    async def test_it_can_go_and_goes_with_its_account(self, rooms: Rooms) -> None:
        anna, ben = user(), user()
        await put(rooms.store, anna, ben)
        await kept(rooms, code(anna.id), code(ben.id, "two"))
        async with rooms.store.begin() as unit:
            assert await unit.sign_in_codes.remove(anna.id)
            assert not await unit.sign_in_codes.remove(anna.id)
            await unit.users.remove(ben.id)
            await unit.commit()
        assert await found(rooms, "one") is await found(rooms, "two") is None

    async def test_without_a_commit_nothing_changes(self, rooms: Rooms) -> None:
        anna = user()
        await put(rooms.store, anna)
        await kept(rooms, code(anna.id))
        async with rooms.store.begin() as unit:
            await unit.sign_in_codes.remove(anna.id)
        async with rooms.store.begin() as unit:
            await unit.sign_in_codes.put(code(anna.id, "two"))
        assert await found(rooms, "one") == code(anna.id)

    async def test_of_all_who_use_it_at_once_one_does(self, rooms: Rooms) -> None:
        anna = user()
        await put(rooms.store, anna)
        await kept(rooms, code(anna.id))
        used: list[UUID] = []

        async def use() -> None:
            async with rooms.store.begin() as unit:
                there = await unit.sign_in_codes.get("one")
                if there is not None:
                    await anyio.lowlevel.checkpoint()
                    await unit.sign_in_codes.remove(there.user_id)
                    await unit.commit()
                    used.append(there.user_id)

        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(use)
        assert used == [anna.id]
