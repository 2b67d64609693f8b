"""What every keeper of files promises about lists of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from application.ports.files import FileQuery, FileSort
from domain.access import EVERYTHING, Scope
from domain.media import FileStatus, MediaFile
from domain.media_kinds import MediaKind
from domain.pages import Mark, Page, PageRequest
from domain.settings import ProjectSettings, Visibility
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import later, media_file, project, put, variant

NAMES = ("b.jpg", "A.jpg", "ä.jpg", "Z.jpg", "_.jpg", "a b.jpg", "写.jpg", "𝔘.jpg")


def various(project_id: UUID) -> list[MediaFile]:
    """Files of which some are alike in what lists are sorted by."""
    return [
        media_file(project_id, filename=NAMES[number % 8], size=2**40 + number % 3, created_at=later(number // 2))
        for number in range(9)
    ]


def in_order(files: Sequence[MediaFile], sort: FileSort) -> list[MediaFile]:
    keys = {"created_at": lambda f: (f.created_at, f.id), "filename": lambda f: (f.filename.casefold(), f.id)}
    key: Any = keys.get(sort.removeprefix("-"), lambda f: (f.size, f.id))
    return sorted(files, key=key, reverse=sort.startswith("-"))


async def asked(rooms: Rooms, request: PageRequest, scope: Scope = EVERYTHING, **query: Any) -> Page[MediaFile]:
    page = await rooms.files.page(scope, FileQuery(**query), request)
    return Page([view.file for view in page.items], page.total, page.request, page.next)


async def walked(rooms: Rooms, size: int, scope: Scope = EVERYTHING, **query: Any) -> list[MediaFile]:
    """A list from its beginning to its end, by its marks."""
    found: list[MediaFile] = []
    mark: Mark | None = None
    while True:
        page = await asked(rooms, PageRequest(size=size, after=mark), scope, **query)
        assert len(page.items) <= size
        found += page.items
        mark = page.next
        if mark is None:
            return found
        assert len(page.items) == size


class FilePagesContract:
    """Suite for `FileReads.page`."""

    async def test_a_page_shows_how_each_files_project_is_set(self, rooms: Rooms) -> None:
        hidden = project(settings=ProjectSettings(visibility=Visibility.PRIVATE))
        shown = project(settings=ProjectSettings(visibility=Visibility.PUBLIC))
        await put(rooms.store, hidden, shown, media_file(hidden.id), media_file(shown.id))
        views = (await rooms.files.page(EVERYTHING, FileQuery(), PageRequest())).items
        assert {(view.file.project_id, view.owner_id, view.visibility) for view in views} == {
            (hidden.id, hidden.owner_id, Visibility.PRIVATE),
            (shown.id, shown.owner_id, Visibility.PUBLIC),
        }

    async def test_a_page_has_the_variants_by_name(self, rooms: Rooms) -> None:
        home = project()
        bare, file = media_file(home.id), media_file(home.id, created_at=later(1))
        full = replace(file, variants=tuple(variant(file.id, name) for name in ("B", "a", "é")))
        await put(rooms.store, home, bare, replace(full, variants=full.variants[::-1]))
        assert (await asked(rooms, PageRequest())).items == [full, bare]

    async def test_pages_have_numbers(self, rooms: Rooms) -> None:
        home = project(files_count=5)
        kept = [media_file(home.id, created_at=later(number // 2)) for number in range(5)]
        await put(rooms.store, home, *kept)
        pages = [await asked(rooms, PageRequest(number, 2)) for number in (1, 2, 3, 4)]
        assert [file for page in pages for file in page.items] == in_order(kept, FileSort.NEWEST)
        assert [(page.total, page.pages, len(page.items)) for page in pages] == [
            (5, 3, 2),
            (5, 3, 2),
            (5, 3, 1),
            (5, 3, 0),
        ]
        assert [page.next is not None for page in pages] == [True, True, False, False]

    @pytest.mark.parametrize("sort", list(FileSort))
    @pytest.mark.parametrize("size", [1, 3, 9, 100])
    async def test_every_order_can_be_gone_through_by_marks(self, rooms: Rooms, sort: FileSort, size: int) -> None:
        home = project()
        kept = various(home.id)
        await put(rooms.store, home, *kept)
        for scope, query in (
            (EVERYTHING, {}),
            (EVERYTHING, {"project_id": home.id}),
            (Scope(project_id=home.id), {}),
            (Scope(owner_id=home.owner_id), {}),
        ):
            assert await walked(rooms, size, scope, sort=sort, **query) == in_order(kept, sort)

    @pytest.mark.parametrize("sort", list(FileSort))
    async def test_a_mark_is_the_last_item_and_outlives_it(self, rooms: Rooms, sort: FileSort) -> None:
        home = project()
        kept = in_order(various(home.id), sort)
        await put(rooms.store, home, *kept)
        first = await asked(rooms, PageRequest(size=4), sort=sort)
        assert first.next is not None
        assert first.next.id == kept[3].id
        async with rooms.store.begin() as unit:
            await unit.files.remove(kept[3].id)
            await unit.files.remove(kept[5].id)
            await unit.commit()
        rest = await asked(rooms, PageRequest(size=9, after=first.next), sort=sort)
        assert rest.items == [kept[4], *kept[6:]]
        assert rest.next is None

    async def test_what_comes_meanwhile_shows_nothing_twice(self, rooms: Rooms) -> None:
        home = project()
        kept = in_order(various(home.id), FileSort.NEWEST)
        await put(rooms.store, home, *kept)
        first = await asked(rooms, PageRequest(size=4))
        await put(rooms.store, *[media_file(home.id, created_at=later(1000 + number)) for number in range(3)])
        rest = await asked(rooms, PageRequest(size=9, after=first.next))
        assert rest.items == kept[4:]

    async def test_a_mark_goes_before_a_number(self, rooms: Rooms) -> None:
        home = project()
        kept = in_order(various(home.id), FileSort.NEWEST)
        await put(rooms.store, home, *kept)
        first = await asked(rooms, PageRequest(size=2))
        assert (await asked(rooms, PageRequest(number=3, size=2, after=first.next))).items == kept[2:4]

    @pytest.mark.parametrize(
        ("text", "found"),
        [("STRASSE", 1), ("100%", 1), ("_", 1), ("%", 1), ("\\", 1), ("写", 1), ("oto", 2), ("absent", 0)],
    )
    async def test_text_is_looked_for_literally_in_names(self, rooms: Rooms, text: str, found: int) -> None:
        home = project(files_count=99)
        names = ["Straße foto.jpg", "100% sure.png", "a_b\\c.gif", "写真 FOTO.webp"]
        await put(rooms.store, home, *[media_file(home.id, filename=name) for name in names])
        page = await asked(rooms, PageRequest(size=1), text=text)
        assert (page.total, page.next is None) == (found, found < 2)
        assert len(await walked(rooms, 1, text=text)) == found
        assert len(await walked(rooms, 3, text="")) == 4

    async def test_queries_narrow_down(self, rooms: Rooms) -> None:
        home, other = project(), project()
        wanted = media_file(home.id, kind=MediaKind.VIDEO, status=FileStatus.FAILED, sha256="a" * 64)
        same = {"kind": MediaKind.VIDEO, "status": FileStatus.FAILED, "sha256": "a" * 64}
        unwanted = [
            media_file(home.id, **same | {"kind": MediaKind.IMAGE}),
            media_file(home.id, **same | {"status": FileStatus.READY}),
            media_file(home.id, **same | {"sha256": "b" * 64}),
            media_file(home.id, **same | {"sha256": None}),
            media_file(home.id, **same | {"filename": "else"}),
        ]
        await put(rooms.store, home, other, wanted, *unwanted, media_file(other.id, **same))
        page = await asked(rooms, PageRequest(), project_id=home.id, text="写真", **same)
        assert (page.items, page.total) == ([wanted], 1)

    @pytest.mark.parametrize(
        ("mime_type", "found"),
        [("image/png", 1), ("image/*", 2), ("image/", 0), ("image", 0), ("IMAGE/png", 0), ("%/*", 0), ("imag_/*", 0)],
    )
    async def test_of_one_type_or_of_a_family(self, rooms: Rooms, mime_type: str, found: int) -> None:
        home = project(files_count=9)
        types = ("image/png", "image/webp", "imagery/png", "application/pdf")
        await put(rooms.store, home, *[media_file(home.id, mime_type=each) for each in types])
        page = await asked(rooms, PageRequest(), project_id=home.id, mime_type=mime_type)
        assert (len(page.items), page.total) == (found, found)

    async def test_without_a_filter_the_projects_own_counters_tell_the_total(self, rooms: Rooms) -> None:
        owner = uuid4()
        first, second = project(owner_id=owner, files_count=3), project(owner_id=owner, files_count=4)
        foreign = project(files_count=50)
        binned = project(owner_id=owner, files_count=600, deleted_at=later(1))
        await put(rooms.store, first, second, foreign, binned, media_file(first.id), media_file(foreign.id))
        totals = [
            (EVERYTHING, {}, 57),
            (Scope(owner_id=owner), {}, 7),
            (Scope(owner_id=owner), {"project_id": second.id}, 4),
            (Scope(owner_id=owner), {"project_id": foreign.id}, 0),
            (Scope(project_id=first.id), {}, 3),
            (EVERYTHING, {"project_id": binned.id}, 0),
            (EVERYTHING, {"project_id": uuid4()}, 0),
            (Scope(), {}, 0),
            (EVERYTHING, {"kind": MediaKind.IMAGE}, 2),
            (EVERYTHING, {"status": FileStatus.READY}, 2),
            (EVERYTHING, {"text": "a"}, 2),
            (EVERYTHING, {"sha256": "a"}, 0),
        ]
        for scope, query, total in totals:
            assert (await asked(rooms, PageRequest(), scope, **query)).total == total, (scope, query)
