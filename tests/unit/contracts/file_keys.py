"""What every keeper of files promises about the keys under which they lie."""

from dataclasses import replace
from uuid import UUID

import pytest

from application.ports.files import KeyHolder
from domain.access import EVERYTHING
from domain.media import FileStatus, MediaFile, Variant
from domain.settings import ProjectSettings, Visibility
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import later, media_file, project, put, refused, variant


def with_variants(project_id: UUID, **fields: object) -> MediaFile:
    file = media_file(project_id, **fields)
    return replace(file, variants=(variant(file.id, "a"), variant(file.id, "b")))


async def held(rooms: Rooms, key: str) -> tuple[UUID, str | None, bool] | None:
    """Whose key it is, in short."""
    holder = await rooms.files.holding(key)
    return (holder.view.file.id, holder.variant, holder.current) if holder else None


async def change(rooms: Rooms, file_id: UUID, *variants: Variant, drop: tuple[str, ...] = ()) -> None:
    async with rooms.store.begin() as unit:
        await unit.files.save_variants(file_id, variants, drop=drop)
        await unit.commit()


class FileKeysContract:
    """Suite for the keys of `Files`, `FileReads.holding` and `FileFacts.once_named`."""

    @pytest.mark.parametrize("visibility", list(Visibility))
    async def test_a_file_is_found_by_the_keys_it_holds(self, rooms: Rooms, visibility: Visibility) -> None:
        home = project(settings=ProjectSettings(visibility=visibility))
        kept = with_variants(home.id)
        await put(rooms.store, home, kept, media_file(home.id))
        view = await rooms.files.get(EVERYTHING, kept.id)
        assert view is not None
        assert (view.owner_id, view.visibility) == (home.owner_id, visibility)
        assert await rooms.files.holding(kept.key) == KeyHolder(view, None, current=True)
        for each in kept.variants:
            assert await rooms.files.holding(each.key) == KeyHolder(view, each.name, current=True)
        assert await rooms.files.holding("unknown") is None

    async def test_a_key_given_up_still_leads_to_its_file(self, rooms: Rooms) -> None:
        home = project()
        kept = with_variants(home.id)
        await put(rooms.store, home, kept)
        a, b = kept.variants
        await change(rooms, kept.id, replace(a, key="second", recipe="f" * 16), drop=("b", "unknown"))
        await change(rooms, kept.id, replace(a, key="third", recipe="e" * 16))
        assert await held(rooms, a.key) == (kept.id, "a", False)
        assert await held(rooms, "second") == (kept.id, "a", False)
        assert await held(rooms, "third") == (kept.id, "a", True)
        assert await held(rooms, b.key) == (kept.id, "b", False)
        holder = await rooms.files.holding(b.key)
        assert holder is not None
        assert [each.key for each in holder.view.file.variants] == ["third"]

    async def test_a_key_that_stays_or_is_taken_again_is_current(self, rooms: Rooms) -> None:
        home = project()
        kept = with_variants(home.id)
        await put(rooms.store, home, kept)
        a, b = kept.variants
        await change(rooms, kept.id, a.made(width=1, height=1, size=1), b, drop=("a",))
        assert await held(rooms, a.key) == (kept.id, "a", True)
        await change(rooms, kept.id, replace(a, key="second"), drop=("b",))
        await change(rooms, kept.id, a, b)
        assert await held(rooms, a.key) == (kept.id, "a", True)
        assert await held(rooms, b.key) == (kept.id, "b", True)
        assert await held(rooms, "second") == (kept.id, "a", False)

    async def test_saving_variants_that_stay_out_of_it_gives_nothing_up(self, rooms: Rooms) -> None:
        home = project()
        kept = with_variants(home.id)
        await put(rooms.store, home, kept)
        a, b = kept.variants
        await change(rooms, kept.id, replace(a, key="second"))
        await change(rooms, kept.id)
        assert await held(rooms, b.key) == (kept.id, "b", True)
        assert await held(rooms, "second") == (kept.id, "a", True)

    async def test_a_key_is_held_once(self, rooms: Rooms) -> None:
        home = project()
        kept = with_variants(home.id)
        await put(rooms.store, home, kept)
        a, b = kept.variants
        await change(rooms, kept.id, replace(a, key="second"), drop=("b",))
        other = media_file(home.id)
        await put(rooms.store, other)
        with refused("already_there"):
            await put(rooms.store, media_file(home.id, key=kept.key))
        for key in ("second", a.key, b.key):
            thief = media_file(home.id)
            with refused("already_there"):
                await put(rooms.store, replace(thief, variants=(variant(thief.id, "a", key=key),)))
            assert await rooms.files.get(EVERYTHING, thief.id) is None
            with refused("already_there"):
                await change(rooms, other.id, variant(other.id, "a", key=key))
        assert await held(rooms, a.key) == (kept.id, "a", False)

    async def test_removing_a_file_forgets_all_its_keys(self, rooms: Rooms) -> None:
        home = project()
        kept = with_variants(home.id)
        await put(rooms.store, home, kept)
        a, b = kept.variants
        await change(rooms, kept.id, replace(a, key="second"), drop=("b",))
        async with rooms.store.begin() as unit:
            assert await unit.files.remove(kept.id)
            await unit.commit()
        for key in (kept.key, a.key, b.key, "second"):
            assert await rooms.files.holding(key) is None
        await put(rooms.store, kept)
        async with rooms.store.begin() as unit:
            assert await unit.file_facts.once_named(kept.id) == {"a", "b"}

    async def test_keys_of_what_nobody_sees_lead_nowhere(self, rooms: Rooms) -> None:
        home, binned = project(), project(deleted_at=later(1))
        pending = with_variants(home.id, status=FileStatus.PENDING)
        gone = with_variants(binned.id)
        await put(rooms.store, home, binned, pending, gone)
        for file in (pending, gone):
            await change(rooms, file.id, replace(file.variants[0], key=f"second {file.id}"))
            for key in (file.key, file.variants[0].key, file.variants[1].key, f"second {file.id}"):
                assert await rooms.files.holding(key) is None

    async def test_names_are_remembered_with_the_keys(self, rooms: Rooms) -> None:
        home = project()
        kept, other = with_variants(home.id), media_file(home.id)
        await put(rooms.store, home, kept, other)
        a, _ = kept.variants
        await change(rooms, kept.id, replace(a, key="second"), variant(kept.id, "c"), drop=("b",))
        async with rooms.store.begin() as unit:
            assert await unit.file_facts.once_named(kept.id) == {"a", "b", "c"}
            assert await unit.file_facts.once_named(other.id) == frozenset()
            await unit.files.save_variants(other.id, [variant(other.id, "z")])
            assert await unit.file_facts.once_named(other.id) == {"z"}
