"""What every keeper of projects promises."""

from dataclasses import replace
from uuid import uuid4

import anyio
import pytest

from domain.access import EVERYTHING, Scope
from domain.pages import PageRequest
from domain.projects import Project
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import FULL_SETTINGS, later, project, put

FULL = {
    "description": "two\nlines",
    "settings": FULL_SETTINGS,
    "storage_used_bytes": 2**50,
    "storage_limit_bytes": 2**51,
    "transforms_used": 3,
    "transforms_limit": 4,
    "transforms_total": 5,
    "files_count": 6,
    "deleted_at": later(3),
}


class ProjectsContract:
    """Suite for `Projects` and `ProjectReads`."""

    @pytest.mark.parametrize("fields", [{}, FULL])
    async def test_gives_a_project_back_as_it_was(self, rooms: Rooms, fields: dict[str, object]) -> None:
        kept = project(**fields)
        await put(rooms.store, kept)
        found = await rooms.projects.get(EVERYTHING, kept.id)
        assert found == kept
        assert list(found.settings.variants) == list(kept.settings.variants)
        async with rooms.store.begin() as unit:
            assert await unit.projects.get(EVERYTHING, kept.id) == kept

    async def test_what_lies_outside_the_scope_is_absent(self, rooms: Rooms) -> None:
        mine, foreign = project(), project()
        await put(rooms.store, mine, foreign)
        for scope in (Scope(owner_id=mine.owner_id), Scope(project_id=mine.id)):
            assert await rooms.projects.get(scope, mine.id) == mine
            assert await rooms.projects.get(scope, foreign.id) is None
            assert (await rooms.projects.page(scope, PageRequest())).items == [mine]
            async with rooms.store.begin() as unit:
                assert await unit.projects.get(scope, mine.id) == mine
                assert await unit.projects.get(scope, foreign.id) is None
        assert await rooms.projects.get(Scope(), mine.id) is None
        assert (await rooms.projects.page(Scope(), PageRequest())).total == 0
        assert await rooms.projects.get(EVERYTHING, uuid4()) is None

    async def test_pages_leave_out_the_bin_and_begin_with_the_newest(self, rooms: Rooms) -> None:
        owner = uuid4()
        kept = [project(owner_id=owner, created_at=later(number)) for number in range(5)]
        await put(rooms.store, *kept, project(owner_id=owner, deleted_at=later(9)), project())
        first = await rooms.projects.page(Scope(owner_id=owner), PageRequest(1, 2))
        last = await rooms.projects.page(Scope(owner_id=owner), PageRequest(3, 2))
        beyond = await rooms.projects.page(Scope(owner_id=owner), PageRequest(4, 2))
        assert (list(first.items), first.total) == ([kept[4], kept[3]], 5)
        assert (list(last.items), last.pages) == ([kept[0]], 3)
        assert (list(beyond.items), beyond.total) == ([], 5)

    async def test_saving_replaces_all_but_counters_slug_and_owner(self, rooms: Rooms) -> None:
        before = project(**FULL)
        await put(rooms.store, before)
        changes = {"name": "new", "description": None, "updated_at": later(5), "deleted_at": None,
                   "storage_limit_bytes": 7, "transforms_limit": 8, "settings": project().settings}  # fmt: skip
        untouched = {"storage_used_bytes": 0, "transforms_used": 0, "transforms_total": 0, "files_count": 0,
                     "slug": "other", "owner_id": uuid4()}  # fmt: skip
        async with rooms.store.begin() as unit:
            await unit.projects.save(replace(before, **changes, **untouched))  # type: ignore[arg-type]
            await unit.commit()
        assert await rooms.projects.get(EVERYTHING, before.id) == replace(before, **changes)  # type: ignore[arg-type]

    async def test_counters_add_up(self, rooms: Rooms) -> None:
        kept = project(storage_limit_bytes=100, transforms_limit=10)
        await put(rooms.store, kept)
        async with rooms.store.begin() as unit:
            assert await unit.projects.count(kept.id, files=2, stored=100, transforms=3)
            assert not await unit.projects.count(kept.id, files=1, stored=1)
            assert not await unit.projects.count(kept.id, files=1, transforms=8)
            assert await unit.projects.count(kept.id, files=-1, stored=-40)
            assert not await unit.projects.count(uuid4(), files=1)
            await unit.commit()
        assert await rooms.projects.get(EVERYTHING, kept.id) == replace(
            kept, files_count=1, storage_used_bytes=60, transforms_used=3, transforms_total=3
        )

    async def test_room_can_be_made_in_a_project_that_is_over_its_limit(self, rooms: Rooms) -> None:
        kept = project(storage_used_bytes=50, storage_limit_bytes=10)
        await put(rooms.store, kept)
        async with rooms.store.begin() as unit:
            assert await unit.projects.count(kept.id, files=-1, stored=-5, transforms=0)
            assert await unit.projects.count(kept.id, files=1)
            assert not await unit.projects.count(kept.id, stored=1)

    async def test_what_is_not_bounded_is_counted_past_the_limits(self, rooms: Rooms) -> None:
        kept = project(storage_limit_bytes=10, transforms_limit=1)
        await put(rooms.store, kept)
        async with rooms.store.begin() as unit:
            assert await unit.projects.count(kept.id, files=1, stored=11, transforms=2, bounded=False)
            assert not await unit.projects.count(kept.id, stored=1)
            assert not await unit.projects.count(uuid4(), stored=1, bounded=False)
            await unit.commit()
        assert await rooms.projects.get(EVERYTHING, kept.id) == replace(
            kept, files_count=1, storage_used_bytes=11, transforms_used=2, transforms_total=2
        )

    async def test_an_owners_projects_go_into_the_bin_together(self, rooms: Rooms) -> None:
        owner = uuid4()
        mine = [project(owner_id=owner) for _ in range(3)]
        before, foreign = project(owner_id=owner, deleted_at=later(3)), project()
        await put(rooms.store, *mine, before, foreign)
        async with rooms.store.begin() as unit:
            assert await unit.projects.delete_owned(owner, later(9)) == 3
            assert await unit.projects.delete_owned(owner, later(10)) == 0
            assert await unit.projects.delete_owned(uuid4(), later(10)) == 0
            await unit.commit()
        for each in mine:
            assert await rooms.projects.get(EVERYTHING, each.id) == each.deleted(later(9))
        assert await rooms.projects.get(EVERYTHING, before.id) == before
        assert await rooms.projects.get(EVERYTHING, foreign.id) == foreign

    async def test_counters_never_pass_the_limit_however_many_count(self, rooms: Rooms) -> None:
        kept = project(storage_limit_bytes=70)
        await put(rooms.store, kept)
        answers: list[bool] = []

        async def upload() -> None:
            async with rooms.store.begin() as unit:
                answers.append(await unit.projects.count(kept.id, files=1, stored=10))
                await unit.commit()

        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(upload)
        counted = await rooms.projects.get(EVERYTHING, kept.id)
        assert isinstance(counted, Project)
        assert answers.count(True) == 7
        assert (counted.files_count, counted.storage_used_bytes) == (7, 70)
