"""What every keeper of sign-ins promises."""

from dataclasses import replace
from uuid import UUID, uuid4

import anyio
import anyio.lowlevel
import pytest

from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import NOW, later, put, refused, session, user


class SessionsContract:
    """Suite for `Sessions` and `SessionReads`."""

    @pytest.mark.parametrize("fields", [{}, {"revoked_at": None, "ip": None, "user_agent": None}])
    async def test_gives_a_session_back_as_it_was(self, rooms: Rooms, fields: dict[str, object]) -> None:
        owner = user()
        kept = session(owner.id, **fields)
        await put(rooms.store, owner, kept, session(owner.id))
        assert await rooms.sessions.get(kept.id) == kept
        async with rooms.store.begin() as unit:
            assert await unit.sessions.get(kept.id) == kept

    async def test_an_unknown_session_is_absent(self, rooms: Rooms) -> None:
        assert await rooms.sessions.get(uuid4()) is None
        async with rooms.store.begin() as unit:
            assert await unit.sessions.get(uuid4()) is None
            assert not await unit.sessions.revoke(uuid4(), NOW)
            assert list(await unit.sessions.revoke_all(uuid4(), NOW)) == []
            await unit.sessions.save(session(uuid4()))
            await unit.commit()
        assert list(await rooms.sessions.ended_since(later(-1000))) == []

    async def test_an_id_belongs_to_one_session(self, rooms: Rooms) -> None:
        owner = user()
        kept = session(owner.id)
        await put(rooms.store, owner, kept)
        with refused("already_there"):
            await put(rooms.store, session(owner.id, id=kept.id))

    async def test_saving_replaces(self, rooms: Rooms) -> None:
        owner = user()
        before, other = session(owner.id, revoked_at=None), session(owner.id)
        await put(rooms.store, owner, before, other)
        after = replace(before, last_used_at=later(5), expires_at=later(6), revoked_at=later(7), ip=None)
        async with rooms.store.begin() as unit:
            await unit.sessions.save(after)
            await unit.commit()
        assert await rooms.sessions.get(before.id) == after
        assert await rooms.sessions.get(other.id) == other

    @pytest.mark.parametrize("claimed", [None, later(50)])
    async def test_saving_never_revives(self, rooms: Rooms, claimed: object) -> None:
        owner = user()
        before = session(owner.id, revoked_at=None)
        await put(rooms.store, owner, before)
        async with rooms.store.begin() as unit:
            await unit.sessions.revoke(before.id, later(7))
            await unit.sessions.save(replace(before, last_used_at=later(8), revoked_at=claimed))  # type: ignore[arg-type]
            await unit.commit()
        assert await rooms.sessions.get(before.id) == replace(before, last_used_at=later(8), revoked_at=later(7))

    async def test_a_session_ends_once(self, rooms: Rooms) -> None:
        owner = user()
        kept, other = session(owner.id, revoked_at=None), session(owner.id, revoked_at=None)
        await put(rooms.store, owner, kept, other)
        async with rooms.store.begin() as unit:
            assert await unit.sessions.revoke(kept.id, later(3))
            assert not await unit.sessions.revoke(kept.id, later(4))
            await unit.commit()
        assert await rooms.sessions.get(kept.id) == replace(kept, revoked_at=later(3))
        assert await rooms.sessions.get(other.id) == other

    async def test_ending_all_tells_which_it_ended(self, rooms: Rooms) -> None:
        owner, stranger = user(), user()
        living = [session(owner.id, revoked_at=None) for _ in range(3)]
        expired = session(owner.id, revoked_at=None, expires_at=later(-9))
        ended, foreign = session(owner.id, revoked_at=later(1)), session(stranger.id, revoked_at=None)
        await put(rooms.store, owner, stranger, *living, expired, ended, foreign)
        async with rooms.store.begin() as unit:
            told = await unit.sessions.revoke_all(owner.id, later(9))
            assert list(await unit.sessions.revoke_all(owner.id, later(10))) == []
            await unit.commit()
        assert sorted(told) == sorted(each.id for each in [*living, expired])
        for each in living:
            assert await rooms.sessions.get(each.id) == replace(each, revoked_at=later(9))
        assert await rooms.sessions.get(ended.id) == ended
        assert await rooms.sessions.get(foreign.id) == foreign

    async def test_one_may_be_left_when_all_others_end(self, rooms: Rooms) -> None:
        owner = user()
        kept, *others = [session(owner.id, revoked_at=None) for _ in range(3)]
        await put(rooms.store, owner, kept, *others)
        async with rooms.store.begin() as unit:
            ended = await unit.sessions.revoke_all(owner.id, later(9), kept.id)
            await unit.commit()
        assert sorted(ended) == sorted(each.id for each in others)
        assert await rooms.sessions.get(kept.id) == kept

    async def test_however_many_end_all_each_session_is_ended_by_one(self, rooms: Rooms) -> None:
        owner = user()
        living = [session(owner.id, revoked_at=None) for _ in range(10)]
        await put(rooms.store, owner, *living)
        told: list[UUID] = []

        async def end() -> None:
            async with rooms.store.begin() as unit:
                ended = await unit.sessions.revoke_all(owner.id, later(9))
                await anyio.lowlevel.checkpoint()
                await unit.commit()
                told.extend(ended)

        async def use(number: int) -> None:
            async with rooms.store.begin() as unit:
                held = await unit.sessions.get(living[number].id)
                assert held
                await anyio.lowlevel.checkpoint()
                await unit.sessions.save(replace(held, last_used_at=later(99)))
                await unit.commit()

        async with anyio.create_task_group() as tasks:
            for number in range(10):
                tasks.start_soon(use, number)
                tasks.start_soon(end)
        assert sorted(told) == sorted(each.id for each in living)
        for each in living:
            assert await rooms.sessions.get(each.id) == replace(each, last_used_at=later(99), revoked_at=later(9))

    async def test_no_use_of_a_session_is_lost(self, rooms: Rooms) -> None:
        owner = user()
        kept = session(owner.id, revoked_at=None, user_agent="")
        await put(rooms.store, owner, kept)

        async def note(letter: str) -> None:
            async with rooms.store.begin() as unit:
                held = await unit.sessions.get(kept.id)
                assert held
                await anyio.lowlevel.checkpoint()
                await unit.sessions.save(replace(held, user_agent=f"{held.user_agent}{letter}"))
                await unit.commit()

        async with anyio.create_task_group() as tasks:
            for letter in "abcdefghij":
                tasks.start_soon(note, letter)
        found = await rooms.sessions.get(kept.id)
        assert found
        assert sorted(found.user_agent or "") == list("abcdefghij")

    async def test_living_sessions_of_somebody_come_the_last_used_first(self, rooms: Rooms) -> None:
        owner, stranger = user(), user()
        living = [session(owner.id, revoked_at=None, last_used_at=later(number)) for number in (2, 3, 1)]
        dead = [session(owner.id), session(owner.id, revoked_at=None, expires_at=later(10))]
        await put(rooms.store, owner, stranger, *living, *dead, session(stranger.id, revoked_at=None))
        assert list(await rooms.sessions.of_user(owner.id, later(10))) == [living[1], living[0], living[2]]
        assert len(await rooms.sessions.of_user(owner.id, later(9))) == 4
        assert list(await rooms.sessions.of_user(uuid4(), later(9))) == []

    async def test_what_ended_lately_is_told_of_removed_accounts_as_well(self, rooms: Rooms) -> None:
        gone, other = user(), user()
        theirs = session(gone.id, revoked_at=None)
        before, at = session(other.id, revoked_at=later(4.999999)), session(other.id, revoked_at=later(5))
        await put(rooms.store, gone, other, theirs, before, at, session(other.id, revoked_at=None))
        async with rooms.store.begin() as unit:
            await unit.sessions.revoke_all(gone.id, later(6))
            await unit.users.remove(gone.id)
            await unit.commit()
        assert sorted(await rooms.sessions.ended_since(later(5))) == sorted([theirs.id, at.id])
        assert await rooms.sessions.get(theirs.id) == replace(theirs, revoked_at=later(6))
        assert list(await rooms.sessions.ended_since(later(7))) == []
