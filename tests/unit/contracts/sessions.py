"""What every keeper of sign-ins promises."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import anyio
import anyio.lowlevel
import pytest

from domain.errors import Conflict
from domain.identity import Session
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import NOW, later, put, session, user


class SessionsContract:
    """Suite for `Sessions` and `SessionReads`."""

    @pytest.mark.parametrize("fields", [{}, {"revoked_at": None, "ip": None, "user_agent": None}])
    async def test_gives_a_session_back_as_it_was(self, rooms: Rooms, fields: dict[str, object]) -> None:
        owner = user()
        kept = session(owner.id, **fields)
        await put(rooms.store, owner, kept, session(owner.id))
        assert await rooms.sessions.get(kept.id) == kept
        async with rooms.store.begin() as unit:
            assert await unit.sessions.with_refresh_hash(kept.refresh_hash) == kept

    async def test_an_unknown_session_is_absent(self, rooms: Rooms) -> None:
        assert await rooms.sessions.get(uuid4()) is None
        async with rooms.store.begin() as unit:
            assert await unit.sessions.with_refresh_hash("unknown") is None

    async def test_a_refresh_hash_belongs_to_one_session(self, rooms: Rooms) -> None:
        owner = user()
        kept = session(owner.id)
        await put(rooms.store, owner, kept)
        with pytest.raises(Conflict):
            await put(rooms.store, session(owner.id, refresh_hash=kept.refresh_hash))

    async def test_a_session_belongs_to_an_account(self, rooms: Rooms) -> None:
        with pytest.raises(Conflict):
            await put(rooms.store, session(uuid4()))

    async def test_saving_replaces(self, rooms: Rooms) -> None:
        owner = user()
        before = session(owner.id, revoked_at=None)
        await put(rooms.store, owner, before)
        after = replace(before, refresh_hash="next", last_used_at=later(5), expires_at=later(6), revoked_at=later(7))
        async with rooms.store.begin() as unit:
            await unit.sessions.save(after)
            await unit.commit()
        assert await rooms.sessions.get(before.id) == after

    async def test_one_refresh_token_has_one_successor_however_many_ask(self, rooms: Rooms) -> None:
        owner = user()
        start = session(owner.id, revoked_at=None)
        await put(rooms.store, owner, start)
        winners: list[Session] = []

        async def refresh(number: int) -> None:
            async with rooms.store.begin() as unit:
                found = await unit.sessions.with_refresh_hash(start.refresh_hash)
                if found:
                    await anyio.lowlevel.checkpoint()
                    rotated = found.rotated(f"successor {number}", NOW, timedelta(days=1))
                    await unit.sessions.save(rotated)
                    await unit.commit()
                    winners.append(rotated)

        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(refresh, number)
        (winner,) = winners
        assert await rooms.sessions.get(start.id) == winner
