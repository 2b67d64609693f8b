"""All files of a project, a few at a time."""

import pytest

from application.files.in_batches import in_batches
from tests.unit.contracts.things import media_file, project, put
from tests.unit.use_cases.studio import Studio

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("limit", "sizes"), [(2, [2, 2, 1]), (5, [5]), (9, [5])])
async def test_each_comes_once_and_in_order(limit: int, sizes: list[int]) -> None:
    studio = await Studio().open()
    files = sorted((media_file(studio.project.id) for _ in range(5)), key=lambda file: file.id)
    elsewhere = project()
    await put(studio.store, elsewhere, media_file(elsewhere.id), *files)
    found = [batch async for batch in in_batches(studio.batches, studio.project.id, limit=limit)]
    assert [len(batch) for batch in found] == sizes
    assert [file for batch in found for file in batch] == files
    behind = in_batches(studio.batches, studio.project.id, limit=limit, after=files[1].id)
    assert [file async for batch in behind for file in batch] == files[2:]


async def test_what_comes_in_meanwhile_behind_the_others_is_found() -> None:
    studio = await Studio().open()
    files = sorted((media_file(studio.project.id) for _ in range(3)), key=lambda file: file.id)
    await put(studio.store, *files[:2])
    found = []
    async for batch in in_batches(studio.batches, studio.project.id, limit=2):
        found += batch
        if len(found) == len(files) - 1:
            await put(studio.store, files[2])
    assert found == files
