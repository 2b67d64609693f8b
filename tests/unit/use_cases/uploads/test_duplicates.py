"""The same bytes twice: allowed, refused, or answered with what is there."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from adapters.memory.projects import MemoryProjects
from domain.access import Scope
from domain.media import FileStatus, MediaFile
from domain.projects import Project
from domain.uploads import DuplicateFile
from tests.unit.use_cases.studio import JPEG, Studio, sent

pytestmark = pytest.mark.anyio


async def studio(policy: str) -> Studio:
    return await Studio(settings={"on_duplicate": policy}).open()


async def test_they_are_allowed_unless_the_project_says_otherwise() -> None:
    here = await Studio().open()
    first, second = await here.uploaded(), await here.uploaded()
    assert first.id != second.id
    assert (here.counted.files_count, len(await here.keys())) == (2, 2)


async def test_a_refusal_names_the_one_that_is_there() -> None:
    here = await studio("reject")
    first = await here.uploaded()
    for upload in (here.upload_image, here.upload_file):
        with pytest.raises(DuplicateFile, match=str(first.id)) as refused:
            await upload(here.key, sent())
        assert (refused.value.code, refused.value.errors[0].field) == ("duplicate_file", "file")
    assert (here.counted.files_count, here.counted.storage_used_bytes) == (1, len(JPEG))
    assert await here.keys() == {first.key}
    assert len(here.rows.rows.jobs) == 1
    await here.upload_file(here.key, sent(b"something else"))


async def test_reused_it_is_the_same_answer_and_nothing_is_counted() -> None:
    here = await studio("reuse")
    first = await here.uploaded()
    told, counted, usage = here.told, here.counted, dict(here.rows.rows.usage)
    again = await here.uploaded(filename="another name.jpg")
    assert again == await here.file(first.id)
    assert (here.told, here.counted, here.rows.rows.usage) == (told, counted, usage)
    assert (len(here.rows.rows.files), len(here.rows.rows.jobs)) == (1, 1)
    assert await here.keys() == {first.key}


async def test_what_came_by_the_other_door_is_not_reused() -> None:
    here = await studio("reuse")
    picture, plain = await here.uploaded(), await here.upload_file(here.key, sent())
    assert picture.id != plain.id
    assert (await here.upload_file(here.key, sent())).id == plain.id
    assert (await here.uploaded()).id == picture.id


async def test_a_picture_that_failed_is_tried_again() -> None:
    here = await studio("reuse")
    first = await here.uploaded()
    async with here.rows.writing():
        failed = replace(here.rows.rows.files[first.id], status=FileStatus.FAILED)
        here.rows.rows.files[first.id] = failed
    second = await here.uploaded()
    assert second.id != first.id
    assert (await here.uploaded()).id == second.id


async def test_what_is_still_on_its_way_is_no_file_yet() -> None:
    here = await studio("reject")
    answers = await asyncio.gather(*(here.uploaded() for _ in range(5)), return_exceptions=True)
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [DuplicateFile] * 4
    assert (here.counted.files_count, len(await here.keys())) == (1, 1)


async def test_of_many_at_once_all_get_the_same_file() -> None:
    here = await studio("reuse")

    async def pause() -> None:
        await asyncio.sleep(0)

    here.steps.everywhere = pause
    files: list[MediaFile] = await asyncio.gather(*(here.uploaded() for _ in range(5)))
    assert len({file.id for file in files}) == 1
    assert (here.counted.files_count, len(await here.keys()), len(here.rows.rows.jobs)) == (1, 1, 1)


async def test_the_project_is_read_once_while_it_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    here = await studio("reuse")
    asked: list[UUID] = []
    get = MemoryProjects.get

    async def counting(self: MemoryProjects, scope: Scope, project_id: UUID) -> Project | None:
        asked.append(project_id)
        return await get(self, scope, project_id)

    monkeypatch.setattr(MemoryProjects, "get", counting)
    await here.uploaded()
    assert asked == [here.project.id]
