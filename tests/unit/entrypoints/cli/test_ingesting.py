"""`darkroom seed` and `darkroom ingest`: something to look at, and media brought in."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.unit.entrypoints.cli.typed import Darkroom
from tests.unit.use_cases.media.bytes import FILM, SOUND

pytestmark = pytest.mark.slow


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "data" / "media_store.db")) as database:
        return database.execute(query).fetchall()


def test_seeding_makes_people_a_project_and_files_once(darkroom: Darkroom, folder: Path) -> None:
    told = json.loads(darkroom("seed", "--json").out)
    assert told["users"] == ["demo", "demo-admin"]
    assert told["files"] == 5
    kinds = [kind for (kind,) in rows(folder, "SELECT kind FROM files ORDER BY kind")]
    assert kinds == ["audio", "image", "image", "image", "video"]
    again = darkroom("seed")
    assert again.code == 0
    assert "there already" in again.out
    assert len(rows(folder, "SELECT id FROM files")) == 5
    assert len(rows(folder, "SELECT id FROM users")) == 2


def test_media_are_brought_in_here_and_now(darkroom: Darkroom, folder: Path) -> None:
    darkroom("seed")
    source = folder / "in"
    source.mkdir()
    (source / "film.mp4").write_bytes(FILM)
    (source / "sound.wav").write_bytes(SOUND)
    (source / "notes.txt").write_text("no media")
    settings = {"INGEST_SOURCE": str(source), "INGEST_PROJECT": "demo-gallery"}
    queued = darkroom("ingest", "--json", **settings)
    assert queued.code == 0
    assert json.loads(queued.out) | {"project_id": ""} == {
        "source": source.as_uri(), "project_id": "", "jobs_queued": 1, "waiting": 0, "kept": 0, "failed": 0,
        "failures": [],
    }  # fmt: skip
    brought = darkroom("ingest", "--now", "--json", **settings)
    told = json.loads(brought.out)
    assert brought.code == 1, "one failed"
    assert (told["kept"], told["failed"], told["waiting"]) == (2, 1, 0)
    (failure,) = told["failures"]
    assert failure["key"] == "notes.txt"
    assert "text/plain" in failure["reason"]
    (source / "film.mp4").write_bytes(FILM + b"more")
    said = darkroom("ingest", "--now", **settings).out
    assert "3 brought in so far, 0 waiting, 1 failed" in said
    assert "notes.txt: these bytes are text/plain" in said
    assert {path.name for path in source.iterdir()} == {"film.mp4", "sound.wav", "notes.txt"}


@pytest.mark.parametrize("source", ["nowhere", "a file"])
def test_a_source_that_is_not_there_is_one_line(darkroom: Darkroom, folder: Path, source: str) -> None:
    darkroom("seed")
    (folder / "a file").write_bytes(FILM)
    settings = {"INGEST_SOURCE": source, "INGEST_PROJECT": "demo-gallery"}
    for more in ([], ["--json"]):
        refusal = darkroom("ingest", "--now", *more, **settings).refusal
        assert refusal == f"darkroom: there is no folder {folder / source}"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "set INGEST_SOURCE and INGEST_PROJECT"),
        ({"INGEST_SOURCE": "in"}, "INGEST_SOURCE needs INGEST_PROJECT"),
        ({"INGEST_SOURCE": "in", "INGEST_PROJECT": "nobody-s"}, "there is no project 'nobody-s'"),
        ({"INGEST_SCHEDULE": "0 * * * *"}, "INGEST_SCHEDULE needs INGEST_SOURCE"),
        (
            {"INGEST_SOURCE": "in", "INGEST_PROJECT": "x", "INGEST_SCHEDULE": "hourly"},
            "INGEST_SCHEDULE: must have five",
        ),
        ({"INGEST_SOURCE": "ftp://x", "INGEST_PROJECT": "x"}, "INGEST_SOURCE: must be s3://bucket"),
        ({"INGEST_SOURCE": "s3://films", "INGEST_PROJECT": "x"}, "needs AWS_ACCESS_KEY_ID"),
    ],
)
def test_what_is_not_set_up_is_said_in_one_line(darkroom: Darkroom, settings: dict[str, str], told: str) -> None:
    darkroom("migrate")
    assert told in darkroom("ingest", **settings).refusal


def test_a_slug_that_several_projects_have_names_none(darkroom: Darkroom, folder: Path) -> None:
    darkroom("seed")
    with closing(sqlite3.connect(folder / "data" / "media_store.db")) as database:
        columns = [name for _, name, *_ in database.execute("PRAGMA table_info(projects)")]
        chosen = ", ".join("'11111111-1111-1111-1111-111111111111'" if name == "id" else name for name in columns)
        database.execute(f"INSERT INTO projects ({', '.join(columns)}) SELECT {chosen} FROM projects")
        database.commit()
    answer = darkroom("ingest", INGEST_SOURCE=str(folder), INGEST_PROJECT="demo-gallery")
    assert "2 projects are called 'demo-gallery'" in answer.refusal


def test_when_all_came_in_that_is_success(darkroom: Darkroom, folder: Path) -> None:
    darkroom("seed")
    source = folder / "in"
    source.mkdir()
    (source / "sound.wav").write_bytes(SOUND)
    settings = {"INGEST_SOURCE": str(source), "INGEST_PROJECT": "demo-gallery"}
    assert darkroom("ingest", "--now", **settings).code == 0
    assert "exit code is 1" in darkroom("ingest", "--help").out
