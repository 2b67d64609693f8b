"""A bucket is not opened to everybody while private files lie among the others."""

from dataclasses import replace

import pytest

from application.maintenance.find_exposed import FindExposed, PrivateExposed
from domain.library import NOBODY
from domain.object_keys import private_key
from domain.settings import read_settings
from tests.unit.contracts.things import NOW, media_file, project, put
from tests.unit.use_cases.studio import Studio

PRIVATE = read_settings({"visibility": "private"})

pytestmark = pytest.mark.anyio


@pytest.fixture
async def studio() -> Studio:
    return await Studio().open()


def finder(studio: Studio, *, library_protected: bool = False) -> FindExposed:
    return FindExposed(studio.projects, studio.batches, library_protected)


async def test_public_projects_and_private_files_that_lie_apart_are_fine(studio: Studio) -> None:
    home = replace(project(), settings=PRIVATE)
    await put(studio.store, home, media_file(home.id, key=private_key("home/files/a")))
    await studio.uploaded()
    await finder(studio)()


@pytest.mark.parametrize("binned", [False, True])
async def test_private_files_that_lie_open_are_refused_by_name(studio: Studio, *, binned: bool) -> None:
    home = replace(project(), name="Home", settings=PRIVATE, deleted_at=NOW if binned else None)
    await put(studio.store, home, media_file(home.id))
    with pytest.raises(PrivateExposed, match="Home"):
        await finder(studio)()


async def test_a_public_library_whose_reading_is_protected_is_refused(studio: Studio) -> None:
    await put(studio.store, replace(project(), owner_id=NOBODY))
    await finder(studio)()
    with pytest.raises(PrivateExposed):
        await finder(studio, library_protected=True)()
