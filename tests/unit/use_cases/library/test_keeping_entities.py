"""Entities come and go at the same time, and things break in between."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.memory.blobs import MemoryBlobs
from adapters.memory.clock import ManualClock
from application.uploads.incoming import Upload
from domain.access import ROLE_PERMISSIONS, Role, UserCaller
from domain.audit import AuditAction, Origin
from domain.errors import Unavailable
from domain.library import (
    CollectionNotEmpty,
    DuplicateMedia,
    EntityMissing,
    MediaUnderWay,
)
from domain.media import FileStatus
from domain.projects import ProjectMissing
from domain.settings import OnDuplicate, Visibility
from tests.unit.contracts.drawn import encoded, noise, quarters
from tests.unit.contracts.things import NOW, variant
from tests.unit.use_cases.library.cabinet import Cabinet, arriving
from tests.unit.use_cases.studio import Studio

pytestmark = pytest.mark.anyio

JPEG, OTHER = encoded(quarters((400, 300)), "image/jpeg"), encoded(noise(), "image/jpeg")
SUPERUSER = UserCaller(uuid4(), "su", Role.SU, frozenset(ROLE_PERMISSIONS[Role.SU]))


@pytest.fixture
def cabinet() -> Cabinet:
    return Cabinet()


async def test_the_library_is_made_once_however_many_come_at_once(cabinet: Cabinet) -> None:
    opened = await asyncio.gather(*(cabinet.open_library() for _ in range(8)))
    assert len({project.id for project in opened}) == 1
    (project,) = cabinet.studio.rows.rows.projects.values()
    assert (project.name, project.slug, project.settings.visibility) == ("library", "library", Visibility.PRIVATE)


async def test_a_library_in_the_bin_takes_nothing(cabinet: Cabinet) -> None:
    project = await cabinet.open_library()
    async with cabinet.studio.store.begin() as unit:
        await unit.projects.save(project.deleted(cabinet.studio.clock.now()))
        await unit.commit()
    with pytest.raises(ProjectMissing):
        await cabinet.add(JPEG)


async def test_of_many_with_the_same_bytes_one_is_kept(cabinet: Cabinet) -> None:
    told = await asyncio.gather(*(cabinet.add(JPEG) for _ in range(6)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in told) == ["DuplicateMedia"] * 5 + ["Entity"]
    assert len(cabinet.studio.rows.rows.entities) == 1
    await cabinet.check()


async def test_the_same_bytes_on_two_days_are_still_the_same(cabinet: Cabinet) -> None:
    first = await cabinet.add(JPEG)
    cabinet.studio.clock.advance(timedelta(days=1))
    with pytest.raises(DuplicateMedia, match=f"entity {first.id} "):
        await cabinet.add(JPEG)
    await cabinet.check()


@pytest.mark.parametrize("step", range(40))
async def test_whatever_breaks_nothing_half_made_is_seen_and_the_next_try_goes_well(
    cabinet: Cabinet, step: int
) -> None:
    steps, rows = cabinet.studio.steps, cabinet.studio.rows

    async def outage() -> None:
        raise Unavailable("gone")

    await cabinet.open_library()
    steps.at[len(steps.seen) + step] = outage
    try:
        entity = await cabinet.add(JPEG)
    except Unavailable:
        assert rows.rows.entities == {}
        assert not [file for file in rows.rows.files.values() if file.status is not FileStatus.PENDING]
        cabinet.studio.clock.advance(timedelta(minutes=6))
        entity = await cabinet.add(JPEG)
    assert await cabinet.content(entity.id) == JPEG


@pytest.mark.parametrize("step", range(12))
async def test_an_interrupted_deletion_can_be_done_again_and_the_bytes_can_come_back(
    cabinet: Cabinet, step: int
) -> None:
    steps = cabinet.studio.steps

    async def outage() -> None:
        raise Unavailable("gone")

    entity = await cabinet.add(JPEG)
    steps.at[len(steps.seen) + step] = outage
    try:
        await cabinet.delete_entity(entity.id, Origin())
    except Unavailable:
        with suppress(EntityMissing):
            await cabinet.delete_entity(entity.id, Origin())
    steps.at.clear()
    cabinet.studio.clock.advance(timedelta(minutes=6))
    again = await cabinet.add(JPEG)
    assert await cabinet.content(again.id) == JPEG
    await cabinet.check()


class HeldUp(MemoryBlobs):
    """A store in which something happens just before the first blob of the library is removed."""

    happening: Callable[[], Awaitable[None]] | None = None

    async def remove(self, key: str) -> None:
        happening = self.happening if "/incoming/" not in key else None
        if happening:
            self.happening = None
            await happening()
        await super().remove(key)


async def test_bytes_that_are_just_being_deleted_cannot_come_back_yet() -> None:
    blobs = HeldUp(ManualClock(NOW))
    cabinet = Cabinet(Studio(disk=blobs))
    cabinet.studio.local = None
    entity = await cabinet.add(JPEG)
    refused: list[type] = []

    async def coming_back() -> None:
        with pytest.raises(MediaUnderWay) as told:
            await cabinet.add(JPEG)
        refused.append(told.type)

    blobs.happening = coming_back
    await cabinet.delete_entity(entity.id, Origin())
    assert refused
    assert await cabinet.blobs() == set()
    again = await cabinet.add(JPEG)
    assert await cabinet.content(again.id) == JPEG
    await cabinet.check()


async def test_what_a_store_that_is_down_keeps_is_found_by_the_sweep() -> None:
    blobs = HeldUp(ManualClock(NOW))
    cabinet = Cabinet(Studio(disk=blobs))
    cabinet.studio.local = None
    entity = await cabinet.add(JPEG)

    async def down() -> None:
        raise Unavailable("down")

    blobs.happening = down
    await cabinet.delete_entity(entity.id, Origin())
    assert len(await cabinet.blobs()) == 1
    assert await cabinet.reads.get(entity.id) is None
    cabinet.studio.clock.advance(timedelta(days=2))
    await cabinet.studio.sweep()()
    assert await cabinet.blobs() == set()
    await cabinet.check()


async def test_replacing_keeps_what_was_there(cabinet: Cabinet) -> None:
    entity = await cabinet.add(JPEG)
    second = await cabinet.replace(entity.id, OTHER)
    assert (second.version, await cabinet.content(entity.id)) == (2, OTHER)
    assert await cabinet.content(entity.id, 1) == JPEG
    third = await cabinet.replace(entity.id, JPEG)
    assert (third.version, third.file_id) == (3, entity.file_id)
    assert await cabinet.replace(entity.id, JPEG) == third
    await cabinet.check()


async def test_an_entity_whose_file_was_taken_away_can_get_it_again(cabinet: Cabinet) -> None:
    entity = await cabinet.add(JPEG)
    async with cabinet.studio.store.begin() as unit:
        assert entity.file_id is not None
        await unit.files.remove(entity.file_id)
        await unit.commit()
    again = await cabinet.replace(entity.id, JPEG)
    assert (again.version, await cabinet.content(entity.id)) == (2, JPEG)


async def test_what_else_lies_in_the_project_is_no_entity(cabinet: Cabinet) -> None:
    project = await cabinet.open_library()
    async with cabinet.studio.store.begin() as unit:
        settings = replace(project.settings, on_duplicate=OnDuplicate.REUSE)
        await unit.projects.save(replace(project, settings=settings))
        await unit.commit()
    file = await cabinet.studio.upload_image(SUPERUSER, Upload("a.jpg", None, arriving(JPEG), project_id=project.id))
    entity = await cabinet.add(JPEG)
    assert entity.file_id not in {None, file.id}


async def test_many_go_together_deepest_first(cabinet: Cabinet) -> None:
    top = await cabinet.shelf()
    at = top
    for _ in range(3):
        at = await cabinet.shelf(at.id)
        for _ in range(60):
            await cabinet.shelf(at.id)
    with pytest.raises(CollectionNotEmpty):
        await cabinet.delete_entity(top.id, Origin())
    origin = Origin(None, "192.0.2.1")
    await cabinet.delete_entity(top.id, origin, recursive=True, by="robin")
    lines = [line for line in cabinet.studio.rows.rows.audit if line.action == AuditAction.ENTITY_DELETED]
    assert lines[-1].subject == f"entity:{top.id}"
    assert {(line.origin, line.payload["by"]) for line in lines} == {(origin, "robin")}
    rows = cabinet.studio.rows.rows
    assert (rows.entities, rows.entity_versions) == ({}, {})
    with pytest.raises(EntityMissing):
        await cabinet.delete_entity(top.id, Origin(), recursive=True)


async def test_counters_follow(cabinet: Cabinet) -> None:
    entity = await cabinet.add(JPEG)
    await cabinet.replace(entity.id, OTHER)
    project = await cabinet.open_library()
    assert (project.files_count, project.storage_used_bytes) == (2, len(JPEG) + len(OTHER))
    await cabinet.delete_entity(entity.id, Origin())
    project = await cabinet.open_library()
    assert (project.files_count, project.storage_used_bytes) == (0, 0)
    assert cabinet.studio.rows.rows.files == {}


async def test_pictures_that_were_replaced_but_lie_there_yet_go_with_it(cabinet: Cabinet) -> None:
    entity, studio = await cabinet.add(JPEG), cabinet.studio
    assert entity.file_id is not None
    first = variant(entity.file_id, "thumb")
    for each in (first, replace(first, key="second.webp")):
        await studio.blobs.put(each.key, arriving(OTHER), content_type="image/webp")
        async with studio.store.begin() as unit:
            await unit.files.save_variants(entity.file_id, [each])
            await unit.commit()
    await cabinet.delete_entity(entity.id, Origin())
    assert await cabinet.blobs() == set()
