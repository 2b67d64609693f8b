"""What every keeper of API keys promises."""

from dataclasses import replace
from uuid import uuid4

import pytest

from domain.access import EVERYTHING, KeyScope
from domain.pages import PageRequest
from domain.projects import ProjectMissing
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import NOW, api_key, later, project, put, refused, user


class ApiKeysContract:
    """Suite for `ApiKeys` and `ApiKeyReads`."""

    @pytest.mark.parametrize(
        "fields",
        [{}, {"scopes": frozenset(KeyScope), "is_active": False, "expires_at": None, "last_used_at": None}],
    )
    async def test_gives_a_key_back_as_it_was(self, rooms: Rooms, fields: dict[str, object]) -> None:
        home = project()
        kept = api_key(home.id, **fields)
        await put(rooms.store, home, kept)
        assert await rooms.api_keys.hashed(kept.hash) == await rooms.api_keys.known(kept.id) == kept
        async with rooms.store.begin() as unit:
            assert await unit.api_keys.get(home.id, kept.id) == kept

    async def test_an_unknown_key_is_absent(self, rooms: Rooms) -> None:
        assert await rooms.api_keys.hashed("unknown") is await rooms.api_keys.known(uuid4()) is None
        await rooms.api_keys.touch(uuid4(), later(1))
        async with rooms.store.begin() as unit:
            assert await unit.api_keys.get(uuid4(), uuid4()) is None
            assert not await unit.api_keys.remove(uuid4(), uuid4())

    async def test_a_key_is_absent_from_other_projects(self, rooms: Rooms) -> None:
        home, other = project(), project()
        kept = api_key(home.id)
        await put(rooms.store, home, other, kept)
        async with rooms.store.begin() as unit:
            assert await unit.api_keys.get(other.id, kept.id) is None
            assert not await unit.api_keys.remove(other.id, kept.id)
            await unit.api_keys.save(replace(kept, project_id=other.id, name="stolen"))
            await unit.commit()
        assert await rooms.api_keys.hashed(kept.hash) == kept
        assert (await rooms.api_keys.page(other.id, PageRequest())).items == []

    async def test_all_keys_of_an_owner_can_go(self, rooms: Rooms) -> None:
        owner = user()
        homes, foreign = [project(owner_id=owner.id), project(owner_id=owner.id, deleted_at=NOW)], project()
        theirs = [api_key(homes[0].id), api_key(homes[0].id), api_key(homes[1].id)]
        kept = api_key(foreign.id)
        await put(rooms.store, owner, *homes, foreign, *theirs, kept)
        async with rooms.store.begin() as unit:
            assert await unit.api_keys.remove_owned(owner.id) == 3
            assert await unit.api_keys.remove_owned(owner.id) == 0
            await unit.commit()
        assert [await rooms.api_keys.hashed(key.hash) for key in theirs] == [None, None, None]
        assert await rooms.api_keys.hashed(kept.hash) == kept

    async def test_a_hash_belongs_to_one_key(self, rooms: Rooms) -> None:
        home = project()
        kept = api_key(home.id)
        await put(rooms.store, home, kept)
        with refused("already_there"):
            await put(rooms.store, api_key(home.id, hash=kept.hash))

    async def test_a_key_needs_its_project(self, rooms: Rooms) -> None:
        with pytest.raises(ProjectMissing):
            await put(rooms.store, api_key(uuid4()))

    async def test_keys_of_a_project_in_the_bin_open_nothing(self, rooms: Rooms) -> None:
        home = project(deleted_at=later(1))
        kept = api_key(home.id)
        await put(rooms.store, home, kept)
        assert await rooms.api_keys.hashed(kept.hash) is await rooms.api_keys.known(kept.id) is None
        async with rooms.store.begin() as unit:
            assert await unit.projects.get(EVERYTHING, home.id) == home
            await unit.projects.save(replace(home, deleted_at=None))
            await unit.commit()
        assert await rooms.api_keys.hashed(kept.hash) == kept

    async def test_keys_of_an_owner_who_is_switched_off_open_nothing(self, rooms: Rooms) -> None:
        owner = user()
        home = project(owner_id=owner.id)
        kept = api_key(home.id)
        await put(rooms.store, owner, home, kept)
        for is_active in (False, True):
            async with rooms.store.begin() as unit:
                await unit.users.save(replace(owner, is_active=is_active))
                await unit.commit()
            opens = kept if is_active else None
            assert await rooms.api_keys.hashed(kept.hash) == await rooms.api_keys.known(kept.id) == opens

    async def test_pages_begin_with_the_newest(self, rooms: Rooms) -> None:
        home, other = project(), project()
        kept = [api_key(home.id, created_at=later(number)) for number in range(3)]
        await put(rooms.store, home, other, *kept, api_key(other.id))
        page = await rooms.api_keys.page(home.id, PageRequest(1, 2))
        assert (list(page.items), page.total) == ([kept[2], kept[1]], 3)

    async def test_saving_replaces_and_removing_forgets(self, rooms: Rooms) -> None:
        home = project()
        before = api_key(home.id)
        await put(rooms.store, home, before)
        after = replace(before, name="new", is_active=False, expires_at=None, scopes=frozenset({KeyScope.WRITE}))
        async with rooms.store.begin() as unit:
            await unit.api_keys.save(after)
            await unit.commit()
        assert await rooms.api_keys.hashed(before.hash) == after
        async with rooms.store.begin() as unit:
            assert await unit.api_keys.remove(home.id, before.id)
            await unit.commit()
        assert await rooms.api_keys.hashed(before.hash) is None

    async def test_touching_notes_the_latest_use(self, rooms: Rooms) -> None:
        home = project()
        kept = api_key(home.id, last_used_at=None)
        await put(rooms.store, home, kept)
        for seconds in (5, 7, 6):
            await rooms.api_keys.touch(kept.id, later(seconds))
        assert await rooms.api_keys.hashed(kept.hash) == replace(kept, last_used_at=later(7))
