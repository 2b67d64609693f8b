"""A project of ten thousand pictures is gone through in little memory, whatever becomes of who does it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, text, update

from adapters.sql.rows import fields_of, file_row
from adapters.sql.tables import files, jobs, projects, variants
from application.variants.queue_sync import queue_sync
from domain.access import EVERYTHING
from domain.jobs import JobKind
from domain.media import MediaFile, Variant, VariantStatus
from domain.object_keys import original_key, variant_key
from domain.projects import Project
from entrypoints.settings import load_settings
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.parts import opened
from tests.integration.faults.places import ROOT, Place, furnish, kill, on_a_laptop
from tests.integration.stories.running import PATIENCE, environment
from tests.scenes import engine_for
from tests.servers.process import started
from tests.unit.contracts.things import NOW, media_file

MANY, FEWER, IN_LINE_EVERY, BATCHES = 10_000, 2_400, 10, 6
FEW_OR_MANY = [FEWER, pytest.param(MANY, marks=pytest.mark.soak)]
KIB_MORE = 6 * 1024
"""Ten thousand files with their variants would take several times as much."""

pytestmark = pytest.mark.slow


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Place:
    return on_a_laptop(tmp_path)


@pytest.fixture
def on_postgres(tmp_path: Path, empty_postgres_url: str) -> Place:
    return on_a_laptop(tmp_path).with_settings(DATABASE_URL=empty_postgres_url)


@pytest.fixture(params=["on_sqlite", "on_postgres"])
def place(request: pytest.FixtureRequest) -> Place:
    place: Place = request.getfixturevalue(request.param)
    furnish(place, {name: {"format": "webp", "width": 60} for name in ("thumb", "wide")})
    return place


async def fill(place: Place, count: int) -> None:
    """So many pictures as rows alone, most of them by a recipe of yesterday, and a sync to be done."""
    room = Darkroom(settings=load_settings(**place.settings))
    async with opened(room.database().held):
        async with room.database().store.begin() as unit:
            project = await unit.projects.get(EVERYTHING, UUID(place.project_id))
            assert project is not None
            assert await queue_sync(unit, project, uuid4(), NOW)
            await unit.commit()
        today = {want.name: want.recipe for want in room.media().promise().choose(project.settings)}
    made = [picture(project, today, number) for number in range(count)]
    with engine_for(place.database).begin() as connection:
        connection.execute(insert(files), [file_row(file) for file in made])
        connection.execute(insert(variants), [fields_of(variant) for file in made for variant in file.variants])
        connection.execute(update(projects).where(projects.c.id == project.id).values(files_count=count))


def picture(project: Project, today: dict[str, str], number: int) -> MediaFile:
    id_ = uuid4()
    recipes = today if number % IN_LINE_EVERY == 0 else dict.fromkeys(today, "yesterday")
    made = (
        Variant(
            id_,
            name,
            recipe,
            variant_key(project.slug, project.id, name, id_, "webp"),
            "image/webp",
            VariantStatus.READY,
            width=60,
            height=40,
            size=1000,
        )
        for name, recipe in recipes.items()
    )
    key = original_key(project.slug, project.id, id_, "jpg")
    return replace(media_file(project.id, id=id_, key=key, width=400, height=300), variants=tuple(made))


@contextmanager
def walker(place: Place, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    with place.log("walker").open("a") as log:
        child = started(
            [sys.executable, "-m", "tests.integration.stories.walker", *arguments],
            cwd=place.folder,
            env={**environment(place.settings), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    try:
        yield child
    finally:
        kill(child)  # type: ignore[arg-type]


def told(child: "subprocess.Popen[str]") -> Iterator[list[str]]:
    assert child.stdout is not None
    for line in child.stdout:
        yield line.split()


def queued(place: Place) -> Counter[UUID | None]:
    return Counter(job.file_id for job in place.rows().jobs if job.kind == JobKind.SYNC_FILE_VARIANTS)


@pytest.mark.parametrize("count", FEW_OR_MANY)
def test_who_is_killed_in_the_middle_is_followed_by_another_who_goes_on(place: Place, count: int) -> None:
    asyncio.run(fill(place, count))
    with walker(place) as first:
        come_so_far(told(first))
        os.kill(first.pid, signal.SIGKILL)
        first.wait(PATIENCE)
    kib = finished_by_another(place, count)
    assert kib[-1] - kib[4] < KIB_MORE, f"it takes more and more: {kib}"
    check_each_was_queued_once(place, count)


def test_who_wakes_up_too_late_does_nothing_more(place: Place) -> None:
    asyncio.run(fill(place, FEWER))
    with walker(place, str(BATCHES)) as first:
        walk = told(first)
        come_so_far(walk)
        os.waitid(os.P_PID, first.pid, os.WSTOPPED | os.WNOWAIT)
        finished_by_another(place, FEWER)
        os.kill(first.pid, signal.SIGCONT)
        assert list(walk)[-1] == ["ended", "LeaseLost"], place.told("walker")
    check_each_was_queued_once(place, FEWER)


def come_so_far(walk: Iterator[list[str]]) -> None:
    assert next(walk) == ["begun", "0"]
    for _ in range(BATCHES):
        assert next(walk)[0] == "walked"


def finished_by_another(place: Place, count: int) -> list[int]:
    """How much memory it had taken after each batch."""
    already = queued(place).total()
    assert 0 < already < to_do(count)
    # So that no unique key keeps anybody from queueing them once more.
    done = update(jobs).where(jobs.c.kind == JobKind.SYNC_FILE_VARIANTS).values(status="completed")
    with engine_for(place.database).begin() as connection:
        connection.execute(done)
    with walker(place) as second:
        begun, *batches, ended = list(told(second))
    assert ended == ["ended", "NoneType"], place.told("walker")
    assert int(begun[1]) >= already, "it began anew"
    assert len(batches) == (count - int(begun[1])) // 200
    return [int(each[2]) for each in batches]


def to_do(count: int) -> int:
    return count - count // IN_LINE_EVERY


def check_each_was_queued_once(place: Place, count: int) -> None:
    once = queued(place)
    assert (len(once), once.total()) == (to_do(count), to_do(count))
    with engine_for(place.database).connect() as connection:
        query = "SELECT status, crashes, attempts FROM jobs WHERE kind = 'SyncProjectVariants'"
        assert [tuple(row) for row in connection.execute(text(query))] == [("completed", 1, 2)]
