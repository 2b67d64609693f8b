"""What every keeper of the installation's secrets promises."""

import anyio
import pytest

from tests.unit.contracts.rooms import Rooms


class InstallationSecretsContract:
    """Suite for `InstallationSecrets`."""

    async def test_the_first_secret_stays(self, rooms: Rooms) -> None:
        assert await rooms.secrets.keep("signing", lambda: "first – 秘") == "first – 秘"
        assert await rooms.secrets.keep("signing", lambda: "second") == "first – 秘"
        assert await rooms.secrets.keep("other", lambda: "third") == "third"

    async def test_a_secret_that_is_there_is_neither_made_again_nor_written(self, rooms: Rooms) -> None:
        await rooms.secrets.keep("signing", lambda: "first")
        async with rooms.store.begin():
            with anyio.fail_after(2):
                assert await rooms.secrets.keep("signing", lambda: pytest.fail("there is one")) == "first"

    async def test_everybody_who_asks_at_once_gets_the_same(self, rooms: Rooms) -> None:
        told: list[str] = []

        async def ask(number: int) -> None:
            told.append(await rooms.secrets.keep("signing", lambda: f"fresh {number}"))

        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(ask, number)
        assert len(told) == 20
        assert len(set(told)) == 1

    async def test_a_secret_is_replaced_by_whoever_knows_it(self, rooms: Rooms) -> None:
        await rooms.secrets.keep("signing", lambda: "first – 秘")
        await rooms.secrets.keep("other", lambda: "first – 秘")
        assert not await rooms.secrets.replace("signing", "guessed", "second")
        assert not await rooms.secrets.replace("unknown", "first – 秘", "second")
        assert await rooms.secrets.replace("signing", "first – 秘", "second")
        assert await rooms.secrets.keep("signing", lambda: "x") == "second"
        assert await rooms.secrets.keep("other", lambda: "x") == "first – 秘"
        assert await rooms.secrets.keep("unknown", lambda: "x") == "x"

    async def test_of_many_who_replace_the_same_secret_one_does(self, rooms: Rooms) -> None:
        await rooms.secrets.keep("signing", lambda: "old")
        winners: list[str] = []

        async def rotate(fresh: str) -> None:
            if await rooms.secrets.replace("signing", "old", fresh):
                winners.append(fresh)

        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(rotate, f"fresh {number}")
        assert winners == [await rooms.secrets.keep("signing", lambda: "x")]
