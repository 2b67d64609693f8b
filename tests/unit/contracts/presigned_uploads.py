"""What every keeper of announced uploads promises."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import anyio
import pytest

from domain.inbox import PresignedUpload
from domain.media import FileStatus
from domain.projects import Project
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import NOW, ODD_TEXT, later, project, put, refused

LONG_AGO = NOW - timedelta(days=9_000)
FAR_AHEAD = NOW + timedelta(days=9_000)


def presigned(of: Project, **fields: Any) -> PresignedUpload:
    return PresignedUpload(
        **{
            "id": uuid4(),
            "owner_id": of.owner_id,
            "project_id": of.id,
            "filename": ODD_TEXT,
            "content_type": 'text/plain; charset="utf-8"',
            "size": 2**53 + 1,
            "created_at": NOW,
            "expires_at": later(3600),
            "gone_at": FAR_AHEAD,
            "sha256": "ab" * 32,
        }
        | fields
    )


def done(upload: PresignedUpload) -> PresignedUpload:
    file = {"file_id": uuid4(), "file_key": ODD_TEXT, "etag": ODD_TEXT, "pinned_at": later(1)}
    return replace(upload, **file, status=FileStatus.PROCESSING, completed_at=later(2))


async def kept(rooms: Rooms, *uploads: PresignedUpload) -> None:
    async with rooms.store.begin() as unit:
        for upload in uploads:
            await unit.presigned_uploads.add(upload)
        await unit.commit()


class PresignedUploadsContract:
    """Suite for `PresignedUploads` and `PresignedUploadReads`."""

    @pytest.fixture
    async def home(self, rooms: Rooms) -> Project:
        home = project()
        await put(rooms.store, home)
        return home

    async def test_gives_back_every_field(self, rooms: Rooms, home: Project) -> None:
        plain, full = presigned(home, sha256=None), done(presigned(home))
        await kept(rooms, plain, full)
        assert await rooms.presigned_uploads.get(plain.id) == plain
        assert await rooms.presigned_uploads.get(full.id) == full
        async with rooms.store.begin() as unit:
            assert await unit.presigned_uploads.get(full.id) == full
            assert await unit.presigned_uploads.get(uuid4()) is None
        assert await rooms.presigned_uploads.get(uuid4()) is None

    async def test_is_saved_whole_but_for_whose_it_is(self, rooms: Rooms, home: Project) -> None:
        upload = presigned(home)
        await kept(rooms, upload)
        changed = done(replace(upload, gone_at=later(9)))
        async with rooms.store.begin() as unit:
            await unit.presigned_uploads.save(replace(changed, owner_id=uuid4(), project_id=uuid4()))
            await unit.commit()
        assert await rooms.presigned_uploads.get(upload.id) == changed

    async def test_what_is_gone_cannot_be_saved(self, rooms: Rooms, home: Project) -> None:
        async with rooms.store.begin() as unit:
            with refused("upload_not_found"):
                await unit.presigned_uploads.save(presigned(home))

    async def test_one_of_an_id_and_of_a_project_that_is_there(self, rooms: Rooms, home: Project) -> None:
        upload = presigned(home)
        await kept(rooms, upload)
        with refused("already_there"):
            await kept(rooms, upload)
        with refused("project_not_found"):
            await kept(rooms, presigned(project()))

    async def test_is_removed_once(self, rooms: Rooms, home: Project) -> None:
        upload = presigned(home)
        await kept(rooms, upload)
        async with rooms.store.begin() as unit:
            assert await unit.presigned_uploads.remove(upload.id)
            assert not await unit.presigned_uploads.remove(upload.id)
            await unit.commit()
        assert await rooms.presigned_uploads.get(upload.id) is None

    async def test_outlives_its_project_for_as_long_as_something_may_be_sent(self, rooms: Rooms, home: Project) -> None:
        other = project()
        await put(rooms.store, other)
        uploads = [presigned(home), done(presigned(home)), presigned(home, expires_at=LONG_AGO)]
        elsewhere = presigned(other)
        await kept(rooms, *uploads, elsewhere)
        async with rooms.store.begin() as unit:
            await unit.presigned_uploads.leave(home.id)
            await unit.projects.remove(home.id)
            await unit.commit()
        for upload in uploads:
            left = await rooms.presigned_uploads.get(upload.id)
            assert left == replace(upload, gone_at=upload.expires_at + timedelta(minutes=5))
        assert await rooms.presigned_uploads.get(elsewhere.id) == elsewhere

    async def test_nobody_waits_for_those_of_an_owner_who_may_not_go_on(self, rooms: Rooms, home: Project) -> None:
        open_ = {"expires_at": FAR_AHEAD, "gone_at": FAR_AHEAD + timedelta(days=1)}
        waiting, pinned = presigned(home, **open_), presigned(home, file_id=uuid4(), pinned_at=NOW, **open_)
        over, foreign = done(presigned(home)), presigned(home, owner_id=uuid4())
        await kept(rooms, waiting, pinned, over, foreign)
        async with rooms.store.begin() as unit:
            await unit.presigned_uploads.leave_owned(home.owner_id)
            assert await unit.file_facts.reserved(home.id) == foreign.size
            await unit.commit()
        for upload in (waiting, pinned):
            left = await rooms.presigned_uploads.get(upload.id)
            assert left == replace(upload, gone_at=upload.expires_at + timedelta(minutes=5))
            assert left.left
        assert await rooms.presigned_uploads.get(over.id) == over
        assert await rooms.presigned_uploads.get(foreign.id) == foreign

    async def test_leaving_without_commit_leaves_nothing(self, rooms: Rooms, home: Project) -> None:
        upload = presigned(home)
        async with rooms.store.begin() as unit:
            await unit.presigned_uploads.add(upload)
            assert await rooms.presigned_uploads.get(upload.id) is None
        assert await rooms.presigned_uploads.get(upload.id) is None

    async def test_those_to_be_forgotten_come_in_order_and_not_all_at_once(self, rooms: Rooms, home: Project) -> None:
        old = [presigned(home, gone_at=LONG_AGO + timedelta(seconds=n)) for n in (3, 1, 2)]
        await kept(rooms, *old, presigned(home))
        gone = await rooms.presigned_uploads.gone(limit=2)
        assert [upload.id for upload in gone] == [old[1].id, old[2].id]
        assert len(await rooms.presigned_uploads.gone(limit=9)) == 3

    async def test_of_those_completed_nothing_more_is_wanted(self, rooms: Rooms, home: Project) -> None:
        waiting, over = presigned(home), done(presigned(home))
        await kept(rooms, waiting, over)
        assert await rooms.presigned_uploads.completed([waiting.id, over.id, uuid4()]) == {over.id}
        assert await rooms.presigned_uploads.completed([]) == frozenset()

    async def test_is_held_against_other_units(self, rooms: Rooms, home: Project) -> None:
        upload = presigned(home, size=0)
        await kept(rooms, upload)

        async def grow() -> None:
            async with rooms.store.begin() as unit:
                current = await unit.presigned_uploads.get(upload.id)
                assert current is not None
                await unit.presigned_uploads.save(replace(current, size=current.size + 1))
                await unit.commit()

        async with anyio.create_task_group() as tasks:
            for _ in range(8):
                tasks.start_soon(grow)
        grown = await rooms.presigned_uploads.get(upload.id)
        assert grown is not None
        assert grown.size == 8
