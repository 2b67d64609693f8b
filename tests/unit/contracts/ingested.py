"""What every keeper of what was brought in promises."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from application.ports.ingested import IngestedObject, IngestStatus, ObjectVersion
from application.ports.unit_of_work import Store
from domain.media import MediaFile
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import NOW, ODD_TEXT, media_file, project, put, refused

SOURCE = "s3://films"


def seen(project_id: UUID, key: str = "a.mp4", etag: str = "1", *, later: int = 0) -> IngestedObject:
    return IngestedObject(ObjectVersion(project_id, SOURCE, key, etag), NOW + timedelta(seconds=later), 5)


async def announce(store: Store, *objects: IngestedObject) -> Sequence[IngestedObject]:
    async with store.begin() as unit:
        fresh = await unit.ingested.announce(objects)
        await unit.commit()
    return fresh


async def known(store: Store, version: ObjectVersion) -> IngestedObject | None:
    async with store.begin() as unit:
        return await unit.ingested.get(version)


async def keep(store: Store, thing: IngestedObject, file: MediaFile) -> None:
    async with store.begin() as unit:
        await unit.ingested.settle(thing.version, IngestStatus.KEPT, file_id=file.id)
        await unit.commit()


class IngestedContract:
    """Suite for `Ingested` and `IngestedReads`."""

    async def test_each_version_is_new_once(self, rooms: Rooms) -> None:
        home, other = project(), project()
        await put(rooms.store, home, other)
        one, two = seen(home.id), seen(home.id, ODD_TEXT)
        assert await announce(rooms.store, one, two, one) == [one, two]
        again = [seen(home.id, later=9), seen(home.id, etag="2"), seen(other.id), seen(home.id, ODD_TEXT)]
        assert await announce(rooms.store, *again) == again[1:3]
        assert await announce(rooms.store) == []
        assert await known(rooms.store, one.version) == one
        assert await known(rooms.store, two.version) == two
        assert await known(rooms.store, seen(home.id, "b").version) is None

    async def test_of_several_who_announce_at_once_one_is_told(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        things = [seen(home.id, f"{number}.mp4") for number in range(20)]
        orders = [things, things[::-1], things[7:] + things[:7]]
        told = await asyncio.gather(*(announce(rooms.store, *order) for order in orders))
        assert sorted(each.version.key for fresh in told for each in fresh) == sorted(t.version.key for t in things)

    async def test_what_became_of_it(self, rooms: Rooms) -> None:
        home = project()
        file = media_file(home.id)
        await put(rooms.store, home, file)
        good, bad, waiting = (seen(home.id, key, later=at) for at, key in enumerate("abc"))
        await announce(rooms.store, good, bad, waiting)
        await keep(rooms.store, good, file)
        async with rooms.store.begin() as unit:
            await unit.ingested.settle(bad.version, IngestStatus.FAILED, reason=ODD_TEXT)
            await unit.ingested.settle(seen(home.id, "nothing").version, IngestStatus.FAILED)
            await unit.commit()
        kept = replace(good, status=IngestStatus.KEPT, file_id=file.id)
        failed = replace(bad, status=IngestStatus.FAILED, reason=ODD_TEXT)
        assert await known(rooms.store, good.version) == kept
        assert await rooms.ingested.newest(home.id, SOURCE, "a") == kept
        assert await rooms.ingested.failed(home.id, SOURCE, 10) == [failed]
        assert await rooms.ingested.failed(home.id, "elsewhere", 10) == []
        assert set((await rooms.ingested.counts(home.id, SOURCE)).values()) == {1}
        assert set((await rooms.ingested.counts(home.id, "elsewhere")).values()) == {0}

    async def test_the_newest_version_has_the_key(self, rooms: Rooms) -> None:
        home = project()
        old, new, other = media_file(home.id), media_file(home.id), media_file(home.id)
        await put(rooms.store, home, old, new, other)
        first, second, third = seen(home.id), seen(home.id, etag="2", later=1), seen(home.id, etag="3", later=2)
        await announce(rooms.store, first, second, third)
        ids = [old.id, new.id, other.id]
        await keep(rooms.store, first, old)
        assert await rooms.ingested.keys_of(ids) == {old.id: "a.mp4"}
        await keep(rooms.store, second, new)
        assert await rooms.ingested.keys_of(ids) == {new.id: "a.mp4"}
        assert await rooms.ingested.keys_of([]) == {}
        newest = await rooms.ingested.newest(home.id, SOURCE, "a.mp4")
        assert newest == third

    async def test_a_deleted_file_leaves_its_key_to_the_version_before_and_is_not_brought_in_again(
        self, rooms: Rooms
    ) -> None:
        home = project()
        old, new = media_file(home.id), media_file(home.id)
        await put(rooms.store, home, old, new)
        first, second = seen(home.id), seen(home.id, etag="2", later=1)
        await announce(rooms.store, first, second)
        await keep(rooms.store, first, old)
        await keep(rooms.store, second, new)
        async with rooms.store.begin() as unit:
            await unit.files.remove(new.id)
            await unit.commit()
        assert await rooms.ingested.keys_of([old.id, new.id]) == {old.id: "a.mp4"}
        assert await known(rooms.store, second.version) == replace(second, status=IngestStatus.KEPT)
        assert await announce(rooms.store, second) == []

    async def test_a_project_must_be_there_and_takes_its_objects_along(self, rooms: Rooms) -> None:
        home, gone = project(), project()
        await put(rooms.store, home)
        with refused("parent_missing"):
            await announce(rooms.store, seen(gone.id))
        await announce(rooms.store, seen(home.id))
        async with rooms.store.begin() as unit:
            await unit.projects.remove(home.id)
            await unit.commit()
        assert await known(rooms.store, seen(home.id).version) is None

    async def test_without_a_commit_nothing_was_seen(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        async with rooms.store.begin() as unit:
            assert len(await unit.ingested.announce([seen(home.id)])) == 1
        assert len(await announce(rooms.store, seen(home.id))) == 1
