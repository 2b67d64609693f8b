"""What every keeper of projects promises."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import anyio
import pytest

from domain.access import EVERYTHING, Scope
from domain.media import FileStatus
from domain.pages import PageRequest
from domain.projects import Project
from domain.usage import UsageKind, UsageLine
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import (
    FULL_SETTINGS,
    api_key,
    event,
    job,
    later,
    media_file,
    project,
    put,
    queued,
    refused,
)

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)

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

    async def test_projects_being_erased_are_seen_only_inside_units(self, rooms: Rooms) -> None:
        owner = uuid4()
        binned, erased = project(owner_id=owner, deleted_at=later(1)), project(owner_id=owner).erasing(later(2))
        await put(rooms.store, binned, erased)
        for scope in (EVERYTHING, Scope(owner_id=owner), Scope(project_id=erased.id)):
            assert await rooms.projects.get(scope, erased.id) is None
            async with rooms.store.begin() as unit:
                assert await unit.projects.get(scope, erased.id) == erased
        assert await rooms.projects.get(Scope(owner_id=owner), binned.id) == binned
        assert (await rooms.projects.page(EVERYTHING, PageRequest(), binned=True)).items == [binned]
        assert (await rooms.projects.page(EVERYTHING, PageRequest())).total == 0
        async with rooms.store.begin() as unit:
            await unit.projects.save(binned.erasing(later(3)))
            await unit.commit()
        assert await rooms.projects.get(EVERYTHING, binned.id) is None

    async def test_the_bin_has_pages_of_its_own(self, rooms: Rooms) -> None:
        owner = uuid4()
        binned = [project(owner_id=owner, created_at=later(number), deleted_at=later(9)) for number in range(3)]
        foreign = project(deleted_at=later(9))
        await put(rooms.store, *binned, foreign, project(owner_id=owner))
        page = await rooms.projects.page(Scope(owner_id=owner), PageRequest(1, 2), binned=True)
        assert (list(page.items), page.total) == ([binned[2], binned[1]], 3)
        assert (await rooms.projects.page(EVERYTHING, PageRequest(), binned=True)).total == 4

    async def test_nothing_is_counted_for_a_project_in_the_bin_but_what_was_promised(self, rooms: Rooms) -> None:
        binned = project(deleted_at=later(1), files_count=3)
        await put(rooms.store, binned)
        async with rooms.store.begin() as unit:
            assert not await unit.projects.count(binned.id, files=1)
            assert not await unit.projects.count(binned.id, stored=-1)
            assert not await unit.projects.count(binned.id, transforms=1)
            assert await unit.projects.count(binned.id, files=-1, stored=5, transforms=1, bounded=False)
            await unit.commit()
        assert await rooms.projects.get(EVERYTHING, binned.id) == replace(
            binned, files_count=2, storage_used_bytes=5, transforms_used=1, transforms_total=1
        )

    async def test_a_project_is_forgotten_with_what_belongs_to_it(self, rooms: Rooms) -> None:
        home, other = project(), project()
        file = uuid4()
        key, told = api_key(home.id), event(home.id, file_id=file)
        kept_key, kept_told = api_key(other.id), event(other.id, file_id=file)
        of_nobody = event(None, file_id=file)
        line = UsageLine(date(2026, 7, 31), UsageKind.MADE, "thumb", 1, 2)
        jobs = [job(home.id), job(other.id), job(None)]
        await put(rooms.store, home, other, key, kept_key, told, kept_told, of_nobody)
        await queued(rooms.store, *jobs)
        async with rooms.store.begin() as unit:
            await unit.usage.add(home.id, [line])
            await unit.usage.add(other.id, [line])
            await unit.commit()
        async with rooms.store.begin() as unit:
            assert await unit.projects.remove(home.id)
            assert not await unit.projects.remove(home.id)
            await unit.commit()
        assert await rooms.projects.get(EVERYTHING, home.id) is None
        assert await rooms.api_keys.hashed(key.hash) is None
        assert await rooms.api_keys.hashed(kept_key.hash) == kept_key
        assert {each.id for each in await rooms.jobs.some([each.id for each in jobs])} == {jobs[1].id, jobs[2].id}
        assert await rooms.events.of_file(EVERYTHING, file) == [kept_told, of_nobody]
        assert await rooms.usage.between(home.id, line.day, line.day) == []
        assert await rooms.usage.between(other.id, line.day, line.day) == [line]

    async def test_a_project_with_files_is_not_forgotten(self, rooms: Rooms) -> None:
        home = project()
        file, key = media_file(home.id, status=FileStatus.PENDING), api_key(home.id)
        await put(rooms.store, home, file, key)
        with refused("parent_missing"):
            async with rooms.store.begin() as unit:
                await unit.projects.remove(home.id)
        assert await rooms.projects.get(EVERYTHING, home.id) == home
        assert await rooms.api_keys.hashed(key.hash) == key
        async with rooms.store.begin() as unit:
            await unit.files.remove(file.id)
            assert await unit.projects.remove(home.id)
            await unit.commit()
        assert await rooms.projects.get(EVERYTHING, home.id) is None

    async def test_projects_are_overdue_after_so_long_in_the_bin_or_once_somebody_began(self, rooms: Rooms) -> None:
        old = [project(deleted_at=LONG_AGO + timedelta(hours=number)) for number in range(3)]
        begun, fresh = project().erasing(FAR_AHEAD), project(deleted_at=FAR_AHEAD)
        await put(rooms.store, *reversed(old), begun, fresh, project(created_at=LONG_AGO))
        a_day = timedelta(days=1)
        everybody = await rooms.projects.overdue(binned_for=a_day, limit=9)
        assert everybody == [*(each.id for each in old), begun.id]
        assert await rooms.projects.overdue(binned_for=a_day, limit=2) == everybody[:2]
        assert await rooms.projects.overdue(binned_for=a_day * 365 * 500, limit=9) == [begun.id]
