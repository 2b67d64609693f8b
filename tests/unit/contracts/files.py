"""What every keeper of files promises."""

from dataclasses import replace
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
    "status": FileStatus.FAILED,
}


def with_variants(project_id: UUID) -> MediaFile:
    file = media_file(project_id)
    made = variant(file.id, "b-made").made(width=3, height=2, size=2**33)
    return replace(file, variants=(variant(file.id, "a"), made, variant(file.id, "c").refused(ODD_TEXT)))


class FilesContract:
    """Suite for `Files` and `FileReads`."""

    @pytest.mark.parametrize("kind", list(MediaKind))
    @pytest.mark.parametrize("fields", [{}, FULL])
    async def test_gives_a_file_back_as_it_was(self, rooms: Rooms, kind: MediaKind, fields: dict[str, object]) -> None:
        home = project()
        kept = media_file(home.id, kind=kind, **fields)
        await put(rooms.store, home, kept)
        assert await rooms.files.get(EVERYTHING, kept.id) == kept
        async with rooms.store.begin() as unit:
            assert await unit.files.get(EVERYTHING, kept.id) == kept

    async def test_gives_variants_back_by_name(self, rooms: Rooms) -> None:
        home = project()
        kept = with_variants(home.id)
        await put(rooms.store, home, replace(kept, variants=tuple(reversed(kept.variants))))
        assert await rooms.files.get(EVERYTHING, kept.id) == kept
        assert (await rooms.files.page(EVERYTHING, FileQuery(), PageRequest())).items == [kept]

    async def test_what_lies_outside_the_scope_is_absent(self, rooms: Rooms) -> None:
        home, other = project(), project()
        mine, foreign = media_file(home.id), media_file(other.id)
        await put(rooms.store, home, other, mine, foreign)
        for scope in (Scope(owner_id=home.owner_id), Scope(project_id=home.id)):
            assert await rooms.files.get(scope, mine.id) == mine
            assert await rooms.files.get(scope, foreign.id) is None
            assert (await rooms.files.page(scope, FileQuery(), PageRequest())).items == [mine]
            assert (await rooms.files.page(scope, FileQuery(project_id=other.id), PageRequest())).total == 0
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
        assert (await rooms.files.page(EVERYTHING, FileQuery(), PageRequest())).total == 0
        async with rooms.store.begin() as unit:
            assert await unit.files.get(EVERYTHING, kept.id) == kept

    async def test_files_of_a_project_in_the_bin_are_hidden_from_reads(self, rooms: Rooms) -> None:
        home = project(deleted_at=later(1))
        kept = with_variants(home.id)
        await put(rooms.store, home, kept)
        assert await rooms.files.get(EVERYTHING, kept.id) is None
        assert await rooms.files.holding(kept.key) is None
        assert await rooms.files.holding(kept.variants[0].key) is None
        assert (await rooms.files.page(EVERYTHING, FileQuery(), PageRequest())).total == 0
        async with rooms.store.begin() as unit:
            assert await unit.files.get(EVERYTHING, kept.id) == kept
            assert await unit.files.get(Scope(owner_id=home.owner_id), kept.id) == kept
            assert await unit.files.get(Scope(owner_id=uuid4()), kept.id) is None

    async def test_pages_begin_with_the_newest(self, rooms: Rooms) -> None:
        home = project()
        kept = [media_file(home.id, created_at=later(number // 2)) for number in range(5)]
        expected = sorted(kept, key=lambda file: (file.created_at, file.id), reverse=True)
        await put(rooms.store, home, *kept)
        pages = [await rooms.files.page(EVERYTHING, FileQuery(), PageRequest(number, 2)) for number in (1, 2, 3)]
        assert [file for page in pages for file in page.items] == expected
        assert {page.total for page in pages} == {5}

    @pytest.mark.parametrize(
        ("text", "found"),
        [("STRASSE", 1), ("100%", 1), ("_", 1), ("%", 1), ("\\", 1), ("写", 1), ("oto", 2), ("absent", 0), ("", 4)],
    )
    async def test_text_is_looked_for_literally_in_names(self, rooms: Rooms, text: str, found: int) -> None:
        home = project()
        names = ["Straße foto.jpg", "100% sure.png", "a_b\\c.gif", "写真 FOTO.webp"]
        await put(rooms.store, home, *[media_file(home.id, filename=name) for name in names])
        assert (await rooms.files.page(EVERYTHING, FileQuery(text=text), PageRequest())).total == found

    async def test_queries_narrow_down(self, rooms: Rooms) -> None:
        home, other = project(), project()
        wanted = media_file(home.id, kind=MediaKind.VIDEO, status=FileStatus.FAILED)
        unwanted = [media_file(home.id, kind=MediaKind.VIDEO), media_file(home.id, status=FileStatus.FAILED)]
        elsewhere = media_file(other.id, kind=MediaKind.VIDEO, status=FileStatus.FAILED)
        await put(rooms.store, home, other, wanted, *unwanted, elsewhere)
        query = FileQuery(project_id=home.id, kind=MediaKind.VIDEO, status=FileStatus.FAILED, text="写真")
        assert (await rooms.files.page(EVERYTHING, query, PageRequest())).items == [wanted]

    async def test_is_found_by_the_keys_it_holds(self, rooms: Rooms) -> None:
        home = project()
        kept = with_variants(home.id)
        await put(rooms.store, home, kept, media_file(home.id))
        assert await rooms.files.holding(kept.key) == kept
        for held in kept.variants:
            assert await rooms.files.holding(held.key) == kept
        assert await rooms.files.holding("unknown") is None

    async def test_saving_replaces_the_file_but_not_its_variants(self, rooms: Rooms) -> None:
        home = project()
        before = with_variants(home.id)
        await put(rooms.store, home, before)
        after = replace(before, **FULL, filename="new", updated_at=later(8))  # type: ignore[arg-type]
        async with rooms.store.begin() as unit:
            await unit.files.save(replace(after, variants=()))
            await unit.commit()
        assert await rooms.files.get(EVERYTHING, before.id) == after

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
        assert await rooms.files.get(EVERYTHING, file.id) == replace(file, variants=(better, b, new))
        assert await rooms.files.holding(a.key) is None

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
        assert await rooms.files.get(EVERYTHING, kept.id) == kept

    async def test_what_no_database_can_keep_does_no_harm(self, rooms: Rooms) -> None:
        home = project()
        kept = media_file(home.id, reason="half \ud83d\0", metadata={"exif": "NUL \0 \\u0000 \udcff"})
        await put(rooms.store, home, kept)
        found = await rooms.files.get(EVERYTHING, kept.id)
        assert found
        assert found.reason
        assert found.reason.startswith("half")
        assert "\\u0000" in found.metadata["exif"]
