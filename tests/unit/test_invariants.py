"""The checker itself: each promise broken on purpose is named, and a sound place has nothing wrong with it."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.blobs import MemoryBlobs
from adapters.memory.clock import ManualClock
from adapters.sql.database import SqlDatabase
from adapters.sql.migrate import migrate
from adapters.sql.store import SqlStore
from domain.media import VariantStatus
from tests.invariants import FileRow, JobRow, ProjectRow, Rows, Scene, Stored, VariantRow, check, wrong_with
from tests.scenes import blobs_of, left_in, living_in, rows_of
from tests.servers.process import started
from tests.tables import over_rows
from tests.unit.contracts.blob_store import put
from tests.unit.contracts.things import NOW, job, media_file, project, queued, variant
from tests.unit.contracts.things import put as put_things

HOME, FILE, JOB, OTHER = (UUID(int=number) for number in (1, 2, 3, 4))
SHA = hashlib.sha256(b"x" * 10).hexdigest()
LONG_AGO = NOW - timedelta(hours=2)
FILE_ROW = FileRow(FILE, HOME, "original", "ready", 10, SHA, LONG_AGO)
THUMB = VariantRow(FILE, "thumb", "r1", "thumb", "ready", 5)
JOB_ROW = JobRow(JOB, "ProcessImage", "processing", NOW + timedelta(seconds=5), HOME, FILE, "once")


def sound() -> Scene:
    """A picture with its thumb, and a job about it under way."""
    rows = Rows(NOW, [ProjectRow(HOME, 1, 15)], [FILE_ROW], [THUMB], [JOB_ROW])
    return Scene(rows, {"original": Stored(10, SHA, LONG_AGO), "thumb": Stored(5, "any", LONG_AGO)})


def with_rows(**fields: Any) -> Scene:
    scene = sound()
    return replace(scene, rows=replace(scene.rows, **fields))


def with_blobs(**blobs: Stored | None) -> Scene:
    scene = sound()
    kept = {name: blob for name, blob in {**scene.blobs, **blobs}.items() if blob is not None}
    return replace(scene, blobs=kept)


def with_file(**fields: Any) -> Scene:
    return with_rows(files=[replace(FILE_ROW, **fields)])


BREAKS: dict[str, tuple[Callable[[], Scene], str]] = {
    "no original": (lambda: with_blobs(original=None), "nothing lies under original"),
    "no original of a failed file": (
        lambda: replace(with_file(status="failed"), blobs={"thumb": sound().blobs["thumb"]}),
        "nothing lies under original",
    ),
    "other bytes": (lambda: with_blobs(original=Stored(10, "f" * 64, LONG_AGO)), "other bytes"),
    "a shorter original": (lambda: with_blobs(original=Stored(9, SHA, LONG_AGO)), "other bytes"),
    "no hash in the row": (lambda: with_file(sha256=None), "other bytes"),
    "no thumb": (lambda: with_blobs(thumb=None), "nothing lies under thumb"),
    "a cut thumb": (lambda: with_blobs(thumb=Stored(4, "any", LONG_AGO)), "4 bytes in the store and 5 in its row"),
    "an orphan": (lambda: with_blobs(stray=Stored(1, "any", LONG_AGO)), "blob stray belongs to nobody"),
    "an original that was deleted": (
        lambda: replace(with_rows(files=[replace(FILE_ROW, original_deleted=True)], projects=[ProjectRow(HOME, 1, 5)])),
        "blob original belongs to nobody",
    ),
    "an arrival without end": (
        lambda: with_rows(files=[FILE_ROW, replace(FILE_ROW, id=OTHER, key="other", status="pending")]),
        f"file {OTHER} is pending",
    ),
    "a job nobody takes up": (
        lambda: with_rows(jobs=[replace(JOB_ROW, due_at=NOW - timedelta(seconds=46))]),
        "its lease ran out",
    ),
    "a file nobody works on": (
        lambda: replace(with_rows(files=[replace(FILE_ROW, status="processing")], jobs=[])),
        "no job is about it",
    ),
    "a job of a project that is gone": (
        lambda: with_rows(jobs=[JOB_ROW, replace(JOB_ROW, id=OTHER, project_id=OTHER, unique_key=None)]),
        "waits for a project that is gone",
    ),
    "a variant twice": (
        lambda: with_rows(variants=[THUMB, replace(THUMB, key="thumb2")], projects=[ProjectRow(HOME, 1, 20)]),
        "variant row",
    ),
    "a key twice": (
        lambda: with_rows(variants=[THUMB, replace(THUMB, name="wide")], projects=[ProjectRow(HOME, 1, 20)]),
        "key thumb is there 2 times",
    ),
    "a unique job twice": (lambda: with_rows(jobs=[JOB_ROW, replace(JOB_ROW, id=OTHER)]), "unique job once"),
    "a file without its project": (lambda: with_file(project_id=OTHER), "is of no project"),
    "a variant without its file": (
        lambda: with_rows(variants=[THUMB, replace(THUMB, file_id=OTHER, key="lost")]),
        "is of no file",
    ),
    "a wrong count": (lambda: with_rows(projects=[ProjectRow(HOME, 2, 15)]), "counts 2 files and has 1"),
    "wrong bytes": (lambda: with_rows(projects=[ProjectRow(HOME, 1, 14)]), "counts 14 bytes and has 15"),
    "scratch": (lambda: replace(sound(), scratch=["/x/.part"]), "scratch was left: /x/.part"),
    "a process": (lambda: replace(sound(), processes=["7 vips"]), "a process was left: 7 vips"),
}


def test_a_sound_place_has_nothing_wrong_with_it() -> None:
    check(sound())


@over_rows("name", BREAKS)
def test_what_is_broken_is_found(name: str) -> None:
    broken, told = BREAKS[name]
    found = wrong_with(broken())
    assert [line for line in found if told in line], found
    with pytest.raises(AssertionError, match="broken promises"):
        check(broken())


def test_everything_wrong_is_told_at_once() -> None:
    scene = replace(sound(), blobs={}, scratch=["/x/.part"], processes=["7 vips"])
    assert len(wrong_with(scene)) == 4


@over_rows(
    "fine",
    [
        with_blobs(stray=Stored(1, "any", NOW - timedelta(minutes=59))),
        with_rows(
            files=[FILE_ROW, replace(FILE_ROW, id=OTHER, key="other", status="pending", created_at=NOW, size=99)]
        ),
        with_rows(files=[replace(FILE_ROW, status="processing")]),
        with_rows(jobs=[replace(JOB_ROW, due_at=NOW - timedelta(seconds=44))]),
        with_rows(jobs=[JOB_ROW, replace(JOB_ROW, id=OTHER, status="completed")]),
        with_rows(jobs=[JOB_ROW, JobRow(OTHER, "PurgeProject", "pending", NOW, OTHER)]),
        with_rows(jobs=[JOB_ROW, JobRow(OTHER, "SweepOrphans", "pending", NOW)]),
        with_rows(projects=[ProjectRow(HOME, 3, 0, erasing=True)]),
        replace(
            with_rows(files=[replace(FILE_ROW, original_deleted=True)], projects=[ProjectRow(HOME, 1, 5)]),
            blobs={"thumb": sound().blobs["thumb"]},
        ),
    ],
    ids=[
        "a young orphan",
        "a young arrival",
        "a file under way",
        "a lease just over",
        "a job that ended",
        "a purge outlives its project",
        "a job of no project",
        "a project being erased",
        "an original given up",
    ],
)
def test_what_may_be_is_left_alone(fine: Scene) -> None:
    check(fine)


@pytest.mark.anyio
async def test_blobs_are_told_by_what_they_hold() -> None:
    store = MemoryBlobs(ManualClock(NOW))
    await put(store, "a/b", b"x" * 10)
    assert await blobs_of(store) == {"a/b": Stored(10, SHA, NOW)}


@pytest.mark.anyio
async def test_rows_of_sql_are_told_as_they_are(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'rows.db'}"
    migrate(url)
    database = SqlDatabase(url)
    await database.open()
    home = project()
    file = media_file(home.id, size=10, sha256=SHA, variants=())
    small = variant(file.id, "small", status=VariantStatus.READY, size=5)
    await put_things(SqlStore(database), home, replace(file, variants=(small,)))
    await queued(SqlStore(database), waiting := job(home.id, file_id=file.id))
    await database.close()
    told = rows_of(url)
    assert told.projects == [ProjectRow(home.id, 0, 0)]
    assert told.files == [FileRow(file.id, home.id, file.key, "ready", 10, SHA, NOW)]
    assert told.variants == [VariantRow(file.id, "small", small.recipe, small.key, "ready", 5)]
    assert [(each.id, each.status, each.file_id) for each in told.jobs] == [(waiting.id, "pending", file.id)]
    assert len(wrong_with(Scene(told))) == 4  # no blobs at all, and nothing counted


def test_leftovers_are_seen(tmp_path: Path) -> None:
    assert left_in(tmp_path, tmp_path / "nowhere") == []
    (tmp_path / "work-1").mkdir()
    assert left_in(tmp_path) == [str(tmp_path / "work-1")]


def wait_until_seen(process: int) -> None:
    """A program that has just begun has no command line yet."""
    deadline = time.monotonic() + 10
    while not Path(f"/proc/{process}/cmdline").read_bytes() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_processes_are_seen(tmp_path: Path) -> None:
    assert living_in(tmp_path) == []
    sleeper = started([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, cwd=tmp_path)
    try:
        wait_until_seen(sleeper.pid)
        assert [told.split()[0] for told in living_in(tmp_path)] == [str(sleeper.pid)]
        assert living_in(tmp_path, but=[sleeper.pid]) == []
        assert not [told for told in living_in(Path("/")) if told.startswith(f"{os.getpid()} ")]
    finally:
        sleeper.communicate(b"\n")
    assert living_in(tmp_path) == []
