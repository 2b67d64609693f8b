"""What every keeper of files promises to those who work on many, and before they change one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from domain.media import FileStatus, MediaFile
from domain.object_keys import private_key
from tests.unit.contracts.presigned_uploads import done, kept, presigned
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import NOW, later, media_file, project, put, variant

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)


def with_variants(project_id: UUID, **fields: object) -> MediaFile:
    file = media_file(project_id, **fields)
    return replace(file, variants=(variant(file.id, "a"), variant(file.id, "b").made(width=3, height=2, size=2**33)))


class FileFactsContract:
    """Suite for `FileFacts`."""

    async def test_room_is_kept_free_for_what_is_on_its_way(self, rooms: Rooms) -> None:
        home, other = project(), project()
        pending = [media_file(home.id, status=FileStatus.PENDING, size=size) for size in (0, 5, 2**62)]
        elsewhere = media_file(other.id, status=FileStatus.PENDING, size=100)
        await put(rooms.store, home, other, *pending, elsewhere, media_file(home.id, size=1000))
        async with rooms.store.begin() as unit:
            assert await unit.file_facts.reserved(home.id) == 2**62 + 5
            await unit.files.save(replace(pending[2], status=FileStatus.READY))
            assert await unit.file_facts.reserved(home.id) == 5
            assert await unit.file_facts.reserved(uuid4()) == 0

    async def test_room_is_kept_free_for_what_is_announced(self, rooms: Rooms) -> None:
        home, other = project(), project()
        await put(rooms.store, home, other, media_file(home.id, status=FileStatus.PENDING, size=1))
        waiting, another = presigned(home, size=2**62), presigned(home, size=20)
        pinned, over = presigned(home, size=300, file_id=uuid4()), done(presigned(home, size=4000))
        late = presigned(home, size=50_000, gone_at=LONG_AGO)
        await kept(rooms, waiting, another, pinned, over, late, presigned(other, size=600_000))
        async with rooms.store.begin() as unit:
            assert await unit.file_facts.reserved(home.id) == 2**62 + 21
            assert await unit.file_facts.reserved(home.id, but=waiting.id) == 21
            assert await unit.file_facts.reserved(home.id, but=late.id) == 2**62 + 21
            assert await unit.file_facts.reserved(other.id) == 600_000

    async def test_files_of_the_same_bytes_come_oldest_first(self, rooms: Rooms) -> None:
        home, other = project(), project()
        same = [with_variants(home.id, sha256="a" * 64, created_at=later(-number // 2)) for number in range(5)]
        pending = media_file(home.id, sha256="a" * 64, status=FileStatus.PENDING)
        await put(rooms.store, home, other, *same, pending, media_file(other.id, sha256="a" * 64))
        await put(rooms.store, media_file(home.id, sha256="b" * 64), media_file(home.id))
        async with rooms.store.begin() as unit:
            found = await unit.file_facts.same_bytes(home.id, "a" * 64)
            assert found == sorted(same, key=lambda file: (file.created_at, file.id))
            assert await unit.file_facts.same_bytes(home.id, "c" * 64) == []


class FileBatchesContract:
    """Suite for `FileBatches`."""

    async def test_a_project_is_gone_through_by_id_with_all_there_is(self, rooms: Rooms) -> None:
        home, other = project(deleted_at=later(1)), project()
        kept = [with_variants(home.id, status=status) for status in FileStatus for _ in range(2)]
        await put(rooms.store, home, other, *kept, media_file(other.id))
        kept.sort(key=lambda file: file.id)
        first = await rooms.file_batches.of_project(home.id, after=None, limit=3)
        assert first == kept[:3]
        assert await rooms.file_batches.of_project(home.id, after=first[-1].id, limit=100) == kept[3:]
        assert await rooms.file_batches.of_project(home.id, after=kept[-1].id, limit=3) == []
        assert await rooms.file_batches.of_project(uuid4(), after=None, limit=3) == []

    async def test_all_projects_are_gone_through_by_id(self, rooms: Rooms) -> None:
        home, binned = project(), project(deleted_at=later(1))
        kept = [with_variants(owner.id, status=status) for status in FileStatus for owner in (home, binned)]
        await put(rooms.store, home, binned, *kept)
        kept.sort(key=lambda file: file.id)
        first = await rooms.file_batches.every(after=None, limit=3)
        assert first == kept[:3]
        assert await rooms.file_batches.every(after=first[-1].id, limit=100) == kept[3:]
        assert await rooms.file_batches.every(after=kept[-1].id, limit=3) == []

    async def test_what_never_arrived_is_found_oldest_first(self, rooms: Rooms) -> None:
        home, binned = project(), project(deleted_at=later(1))
        old = [
            with_variants(owner.id, status=FileStatus.PENDING, created_at=LONG_AGO + timedelta(hours=number))
            for number, owner in enumerate((home, binned, home))
        ]
        fresh = media_file(home.id, status=FileStatus.PENDING, created_at=FAR_AHEAD)
        await put(rooms.store, home, binned, *reversed(old), fresh, media_file(home.id, created_at=LONG_AGO))
        assert await rooms.file_batches.abandoned(for_longer_than=A_DAY, limit=9) == old
        assert await rooms.file_batches.abandoned(for_longer_than=A_DAY, limit=2) == old[:2]
        assert await rooms.file_batches.abandoned(for_longer_than=A_DAY * 365 * 500, limit=9) == []

    async def test_keys_in_use_are_known(self, rooms: Rooms) -> None:
        home, binned = project(), project(deleted_at=later(1))
        kept, gone = with_variants(home.id), with_variants(binned.id)
        pending = media_file(home.id, status=FileStatus.PENDING)
        await put(rooms.store, home, binned, kept, gone, pending)
        former = kept.variants[0].key
        async with rooms.store.begin() as unit:
            await unit.files.save_variants(kept.id, [replace(kept.variants[0], key="second")])
            await unit.commit()
        given_up = media_file(home.id, original_deleted_at=later(1))
        await put(rooms.store, given_up)
        used = {kept.key, "second", kept.variants[1].key, *gone.keys, pending.key}
        assert await rooms.file_batches.known([*used, former, given_up.key, "unknown", "%"]) == used
        assert await rooms.file_batches.known([]) == frozenset()

    async def test_whether_all_of_a_project_lies_apart(self, rooms: Rooms) -> None:
        home, other = project(), project()
        apart = media_file(home.id, key=private_key("home/files/a"))
        await put(rooms.store, home, other, apart, media_file(other.id))
        assert not await rooms.file_batches.lying_open(home.id)
        assert await rooms.file_batches.lying_open(other.id)
        await put(rooms.store, media_file(home.id, key="private"))
        assert await rooms.file_batches.lying_open(home.id)

    async def test_keys_given_up_lately_are_told_from_those_of_long_ago(self, rooms: Rooms) -> None:
        home = project()
        lately, long_ago = with_variants(home.id, updated_at=NOW), with_variants(home.id, updated_at=LONG_AGO)
        await put(rooms.store, home, lately, long_ago)
        for file in (lately, long_ago):
            a, b = file.variants
            async with rooms.store.begin() as unit:
                assert await unit.file_facts.former_keys(file.id) == frozenset()
                await unit.files.save_variants(file.id, [replace(a, key=f"second {file.id}")], drop=["b"])
                assert await unit.file_facts.former_keys(file.id) == {a.key, b.key}
                await unit.commit()
        asked = [*lately.keys, *long_ago.keys, f"second {lately.id}", "unknown"]
        former = {variant.key for variant in lately.variants}
        assert await rooms.file_batches.given_up(asked, since=later(-1)) == former
        assert await rooms.file_batches.given_up(asked, since=NOW) == frozenset()
        assert await rooms.file_batches.given_up([], since=later(-1)) == frozenset()
        async with rooms.store.begin() as unit:
            await unit.files.save_variants(lately.id, lately.variants)
            assert await unit.file_facts.former_keys(lately.id) == {f"second {lately.id}"}

    async def test_any_number_of_keys_can_be_asked_for(self, rooms: Rooms) -> None:
        home = project()
        kept = [media_file(home.id) for _ in range(3)]
        await put(rooms.store, home, *kept)
        keys = [file.key for file in kept]
        many = [f"unknown {number}" for number in range(40_000)]
        assert await rooms.file_batches.known({keys[0], *many[:20_000], keys[1], *many[20_000:], keys[2]}) == set(keys)
