"""What every keeper of begun sign-ins promises."""

from dataclasses import replace

import anyio
import pytest

from domain.oauth import PendingSignIn
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import NOW, ODD_TEXT, later, refused

PENDING = PendingSignIn("hash", "google", "nonce", "verifier", f"https://app.example/?q={ODD_TEXT}", later(600))


class OAuthStatesContract:
    """Suite for `OAuthStates`."""

    async def test_gives_a_sign_in_back_as_it_was_and_once(self, rooms: Rooms) -> None:
        await rooms.oauth_states.add(PENDING, NOW)
        await rooms.oauth_states.add(replace(PENDING, state_hash="other", provider="apple"), NOW)
        assert await rooms.oauth_states.take("hash") == PENDING
        assert await rooms.oauth_states.take("hash") is None
        other = await rooms.oauth_states.take("other")
        assert other is not None
        assert other.provider == "apple"

    async def test_a_state_is_added_once(self, rooms: Rooms) -> None:
        await rooms.oauth_states.add(PENDING, NOW)
        with refused("already_there"):
            await rooms.oauth_states.add(replace(PENDING, nonce="forged"), NOW)
        assert await rooms.oauth_states.take("hash") == PENDING

    async def test_an_unknown_one_is_absent(self, rooms: Rooms) -> None:
        assert await rooms.oauth_states.take("unknown") is None

    @pytest.mark.parametrize("seconds", [600, 601])
    async def test_adding_forgets_what_has_expired(self, rooms: Rooms, seconds: int) -> None:
        await rooms.oauth_states.add(PENDING, NOW)
        await rooms.oauth_states.add(replace(PENDING, state_hash="long", expires_at=later(9999)), NOW)
        await rooms.oauth_states.add(replace(PENDING, state_hash="new", expires_at=later(1200)), later(seconds))
        assert await rooms.oauth_states.take("hash") is None
        assert await rooms.oauth_states.take("long") is not None
        assert await rooms.oauth_states.take("new") is not None

    async def test_what_has_not_expired_stays(self, rooms: Rooms) -> None:
        await rooms.oauth_states.add(PENDING, NOW)
        await rooms.oauth_states.add(replace(PENDING, state_hash="new"), later(599))
        assert await rooms.oauth_states.take("hash") == PENDING

    async def test_of_all_who_take_at_once_one_gets_it(self, rooms: Rooms) -> None:
        await rooms.oauth_states.add(PENDING, NOW)
        taken: list[PendingSignIn | None] = []

        async def take() -> None:
            taken.append(await rooms.oauth_states.take("hash"))

        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(take)
        assert sorted(taken, key=bool) == [None] * 19 + [PENDING]
