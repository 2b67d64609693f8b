"""What every keeper of refresh tokens promises."""

from dataclasses import replace
from uuid import uuid4

import anyio

from domain.identity import Session
from domain.refreshing import RefreshToken
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import later, put, refresh_token, refused, session, user


async def signed_in(rooms: Rooms) -> tuple[Session, RefreshToken]:
    """A session with its first token."""
    owner = user()
    living = session(owner.id, revoked_at=None)
    token = refresh_token(living.id)
    await put(rooms.store, owner, living, token)
    return living, token


class RefreshTokensContract:
    """Suite for `RefreshTokens`."""

    async def test_gives_a_token_back_as_it_was(self, rooms: Rooms) -> None:
        living, first = await signed_in(rooms)
        second = refresh_token(living.id, parent_hash=first.hash, used_at=later(3), created_at=later(2))
        await put(rooms.store, second)
        async with rooms.store.begin() as unit:
            assert await unit.refresh_tokens.get(first.hash) == first
            assert await unit.refresh_tokens.get(second.hash) == second
            assert await unit.refresh_tokens.following(first.hash) == second
            assert await unit.refresh_tokens.following(second.hash) is None

    async def test_leads_to_its_session_used_or_not(self, rooms: Rooms) -> None:
        living, first = await signed_in(rooms)
        await signed_in(rooms)
        second = refresh_token(living.id, parent_hash=first.hash, used_at=later(3))
        await put(rooms.store, second)
        assert await rooms.sessions.refreshed_by(first.hash) == living
        assert await rooms.sessions.refreshed_by(second.hash) == living
        assert await rooms.sessions.refreshed_by("unknown") is None

    async def test_an_unknown_token_is_absent(self, rooms: Rooms) -> None:
        await signed_in(rooms)
        async with rooms.store.begin() as unit:
            assert await unit.refresh_tokens.get("unknown") is None
            assert await unit.refresh_tokens.following("unknown") is None
            await unit.refresh_tokens.use("unknown", later(1))
            await unit.commit()

    async def test_a_hash_belongs_to_one_token(self, rooms: Rooms) -> None:
        living, first = await signed_in(rooms)
        with refused("already_there"):
            await put(rooms.store, refresh_token(living.id, hash=first.hash))

    async def test_a_token_has_one_successor(self, rooms: Rooms) -> None:
        living, first = await signed_in(rooms)
        await put(rooms.store, refresh_token(living.id, parent_hash=first.hash), refresh_token(living.id))
        with refused("already_there"):
            await put(rooms.store, refresh_token(living.id, parent_hash=first.hash))

    async def test_a_token_belongs_to_a_session(self, rooms: Rooms) -> None:
        with refused("parent_missing"):
            await put(rooms.store, refresh_token(uuid4()))

    async def test_use_is_noted(self, rooms: Rooms) -> None:
        living, first = await signed_in(rooms)
        other = refresh_token(living.id)
        await put(rooms.store, other)
        async with rooms.store.begin() as unit:
            await unit.refresh_tokens.use(first.hash, later(5))
            await unit.commit()
        async with rooms.store.begin() as unit:
            assert await unit.refresh_tokens.get(first.hash) == first.used(later(5))
            assert await unit.refresh_tokens.get(other.hash) == other

    async def test_tokens_outlive_the_account_as_their_session_does(self, rooms: Rooms) -> None:
        living, first = await signed_in(rooms)
        async with rooms.store.begin() as unit:
            await unit.sessions.revoke(living.id, later(5))
            await unit.users.remove(living.user_id)
            await unit.commit()
        async with rooms.store.begin() as unit:
            assert await unit.refresh_tokens.get(first.hash) == first
            assert await unit.sessions.get(living.id) == replace(living, revoked_at=later(5))

    async def test_of_twenty_who_show_one_token_one_adds_its_successor(self, rooms: Rooms) -> None:
        living, first = await signed_in(rooms)
        added, repeated = [], []

        async def refresh(number: int) -> None:
            async with rooms.store.begin() as unit:
                shown = await unit.refresh_tokens.get(first.hash)
                assert shown
                known = await unit.refresh_tokens.following(first.hash)
                await anyio.sleep(0.001)
                if known:
                    assert shown.used_at
                    repeated.append(known)
                    return
                successor = refresh_token(living.id, hash=f"successor {number}", parent_hash=first.hash)
                await unit.sessions.save(replace(living, last_used_at=later(number)))
                await unit.refresh_tokens.use(first.hash, later(number))
                await unit.refresh_tokens.add(successor)
                await unit.commit()
                added.append(successor)

        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(refresh, number)
        assert len(added) == 1
        assert repeated == added * 19

    async def test_refreshing_and_ending_all_sessions_do_not_wait_for_each_other(self, rooms: Rooms) -> None:
        living, first = await signed_in(rooms)
        done: list[str] = []

        async def refresh() -> None:
            async with rooms.store.begin() as unit:
                await unit.refresh_tokens.get(first.hash)
                await anyio.sleep(0.05)
                await unit.users.get(living.user_id)
                done.append("refreshed")

        async def end() -> None:
            async with rooms.store.begin() as unit:
                await unit.users.get(living.user_id)
                await anyio.sleep(0.05)
                await unit.sessions.revoke_all(living.user_id, later(5))
                done.append("ended")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(refresh)
            tasks.start_soon(end)
        assert sorted(done) == ["ended", "refreshed"]
