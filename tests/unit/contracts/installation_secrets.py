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
