"""What every keeper of the installation's secrets promises."""

import anyio

from tests.unit.contracts.rooms import Rooms


class InstallationSecretsContract:
    """Suite for `InstallationSecrets`."""

    async def test_the_first_secret_stays(self, rooms: Rooms) -> None:
        assert await rooms.secrets.keep("signing", "first – 秘") == "first – 秘"
        assert await rooms.secrets.keep("signing", "second") == "first – 秘"
        assert await rooms.secrets.keep("other", "third") == "third"

    async def test_everybody_who_asks_at_once_gets_the_same(self, rooms: Rooms) -> None:
        told: list[str] = []

        async def ask(number: int) -> None:
            told.append(await rooms.secrets.keep("signing", f"fresh {number}"))

        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(ask, number)
        assert len(told) == 20
        assert len(set(told)) == 1

    async def test_a_secret_is_replaced_by_whoever_knows_it(self, rooms: Rooms) -> None:
        await rooms.secrets.keep("signing", "first – 秘")
        await rooms.secrets.keep("other", "first – 秘")
        assert not await rooms.secrets.replace("signing", "guessed", "second")
        assert not await rooms.secrets.replace("unknown", "first – 秘", "second")
        assert await rooms.secrets.replace("signing", "first – 秘", "second")
        assert await rooms.secrets.keep("signing", "x") == "second"
        assert await rooms.secrets.keep("other", "x") == "first – 秘"
        assert await rooms.secrets.keep("unknown", "x") == "x"

    async def test_of_many_who_replace_the_same_secret_one_does(self, rooms: Rooms) -> None:
        await rooms.secrets.keep("signing", "old")
        winners: list[str] = []

        async def rotate(fresh: str) -> None:
            if await rooms.secrets.replace("signing", "old", fresh):
                winners.append(fresh)

        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(rotate, f"fresh {number}")
        assert winners == [await rooms.secrets.keep("signing", "x")]
