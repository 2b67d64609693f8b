"""What every keeper of files promises."""

from dataclasses import MISSING, fields, replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from application.ports.files import FileQuery
from domain.access import EVERYTHING, Scope
from domain.media import FileMissing, FileStatus, MediaFile, VariantStatus
from domain.media_kinds import MediaKind
from domain.pages import PageRequest
from domain.projects import ProjectMissing
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import ODD_TEXT, PLAIN_DATA, later, media_file, project, put, refused, variant

FULL = {
    "size": 2**40,
    "md5": "a" * 32,
    "sha256": "b" * 64,
    "reason": ODD_TEXT,
    "width": 16_384,
    "height": 1,
    "duration": 12.345678901,
    "placeholder": PLAIN_DATA,
    "metadata": PLAIN_DATA,
    "original_deleted_at": later(4),
    "screened": True,
    "status": FileStatus.FAILED,
}


def with_variants(project_id: UUID) -> MediaFile:
    file = media_file(project_id)
    made = variant(file.id, "b-made").made(width=3, height=2, size=2**33)
    return replace(file, variants=(variant(file.id, "a"), made, variant(file.id, "c").refused(ODD_TEXT)))


async def seen(rooms: Rooms, file_id: UUID, scope: Scope = EVERYTHING) -> MediaFile | None:
    view = await rooms.files.get(scope, file_id)
    return view.file if view else None


async def listed(rooms: Rooms, scope: Scope = EVERYTHING, **query: Any) -> list[MediaFile]:
    return [view.file for view in (await rooms.files.page(scope, FileQuery(**query), PageRequest())).items]


class FilesContract:
    """Suite for `Files` and `FileReads`."""

    @pytest.mark.parametrize("kind", list(MediaKind))
    @pytest.mark.parametrize("fields", [{}, FULL])
    async def test_gives_a_file_back_as_it_was(self, rooms: Rooms, kind: MediaKind, fields: dict[str, object]) -> None:
        home = project()
        kept = media_file(home.id, kind=kind, **fields)
        await put(rooms.store, home, kept)
        assert await seen(rooms, kept.id) == kept
        async with rooms.store.begin() as unit:
            assert await unit.files.get(EVERYTHING, kept.id) == kept

    async def test_the_full_file_leaves_no_field_at_its_default(self) -> None:
        plain, full = media_file(project().id), media_file(project().id, **FULL)
        optional = {field.name for field in fields(MediaFile) if field.default is not MISSING} - {"variants"}
        assert [name for name in sorted(optional) if getattr(full, name) == getattr(plain, name)] == []

    async def test_gives_variants_back_by_name(self, rooms: Rooms) -> None:
        home = project()
        kept = with_variants(home.id)
        await put(rooms.store, home, replace(kept, variants=tuple(reversed(kept.variants))))
        assert await seen(rooms, kept.id) == kept
        assert await listed(rooms) == [kept]

    async def test_what_lies_outside_the_scope_is_absent(self, rooms: Rooms) -> None:
        home, other = project(), project()
        mine, foreign = media_file(home.id), media_file(other.id)
        await put(rooms.store, home, other, mine, foreign)
        for scope in (Scope(owner_id=home.owner_id), Scope(project_id=home.id)):
            assert await seen(rooms, mine.id, scope) == mine
            assert await rooms.files.get(scope, foreign.id) is None
            assert await listed(rooms, scope) == [mine]
            assert await listed(rooms, scope, project_id=other.id) == []
            async with rooms.store.begin() as unit:
                assert await unit.files.get(scope, mine.id) == mine
                assert await unit.files.get(scope, foreign.id) is None
        assert await rooms.files.get(EVERYTHING, uuid4()) is None

    async def test_pending_files_are_hidden_from_reads(self, rooms: Rooms) -> None:
        home = project()
        kept = media_file(home.id, status=FileStatus.PENDING)
        await put(rooms.store, home, kept)
        assert await rooms.files.get(EVERYTHING, kept.id) is None
        assert await rooms.files.holding(kept.key) is None
        assert await listed(rooms) == []
        async with rooms.store.begin() as unit:
            assert await unit.files.get(EVERYTHING, kept.id) == kept

    async def test_files_of_a_project_in_the_bin_are_hidden_from_reads(self, rooms: Rooms) -> None:
        home = project(deleted_at=later(1))
        kept = with_variants(home.id)
        await put(rooms.store, home, kept)
        assert await rooms.files.get(EVERYTHING, kept.id) is None
        assert await rooms.files.holding(kept.key) is None
        assert await rooms.files.holding(kept.variants[0].key) is None
        assert await listed(rooms) == []
        async with rooms.store.begin() as unit:
            assert await unit.files.get(EVERYTHING, kept.id) == kept
            assert await unit.files.get(Scope(owner_id=home.owner_id), kept.id) == kept
            assert await unit.files.get(Scope(owner_id=uuid4()), kept.id) is None

    async def test_saving_replaces_the_file_but_not_its_variants(self, rooms: Rooms) -> None:
        home = project()
        before = with_variants(home.id)
        await put(rooms.store, home, before)
        after = replace(before, **FULL, filename="new", updated_at=later(8))  # type: ignore[arg-type]
        async with rooms.store.begin() as unit:
            await unit.files.save(replace(after, variants=()))
            await unit.commit()
        assert await seen(rooms, before.id) == after

    async def test_variants_are_added_replaced_and_dropped(self, rooms: Rooms) -> None:
        home = project()
        file = with_variants(home.id)
        await put(rooms.store, home, file)
        a, b, _ = file.variants
        better = replace(
            a, recipe="f" * 16, key="better", mime_type="image/avif", status=VariantStatus.FAILED, reason="x"
        )
        new = variant(file.id, "z")
        async with rooms.store.begin() as unit:
            await unit.files.save_variants(file.id, [new, better], drop=["c", "unknown"])
            await unit.files.save_variants(file.id, [])
            await unit.commit()
        assert await seen(rooms, file.id) == replace(file, variants=(better, b, new))

    async def test_a_key_is_held_once(self, rooms: Rooms) -> None:
        home = project()
        kept = with_variants(home.id)
        await put(rooms.store, home, kept)
        with refused("already_there"):
            await put(rooms.store, media_file(home.id, key=kept.key))
        thief = media_file(home.id)
        with refused("already_there"):
            await put(rooms.store, replace(thief, variants=(variant(thief.id, "a", key=kept.variants[0].key),)))
        assert await rooms.files.get(EVERYTHING, thief.id) is None

    async def test_a_file_needs_its_project_and_variants_their_file(self, rooms: Rooms) -> None:
        with pytest.raises(ProjectMissing):
            await put(rooms.store, media_file(uuid4()))
        gone = media_file(uuid4())
        with pytest.raises(FileMissing):
            async with rooms.store.begin() as unit:
                await unit.files.save(gone)
        with pytest.raises(FileMissing):
            async with rooms.store.begin() as unit:
                await unit.files.save_variants(gone.id, [variant(gone.id, "a")])

    async def test_removing_forgets_file_and_variants(self, rooms: Rooms) -> None:
        home = project()
        kept = with_variants(home.id)
        await put(rooms.store, home, kept)
        async with rooms.store.begin() as unit:
            assert await unit.files.remove(kept.id)
            assert not await unit.files.remove(kept.id)
            await unit.commit()
        assert await rooms.files.get(EVERYTHING, kept.id) is None
        assert await rooms.files.holding(kept.variants[0].key) is None
        await put(rooms.store, kept)
        assert await seen(rooms, kept.id) == kept

    async def test_what_no_database_can_keep_does_no_harm(self, rooms: Rooms) -> None:
        home = project()
        kept = media_file(home.id, reason="half \ud83d\0", metadata={"exif": "NUL \0 \\u0000 \udcff"})
        await put(rooms.store, home, kept)
        found = await seen(rooms, kept.id)
        assert found
        assert found.reason
        assert found.reason.startswith("half")
        assert "\\u0000" in found.metadata["exif"]
