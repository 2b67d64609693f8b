"""Projects and keys made from the command line, by the use cases of the API."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.unit.entrypoints.cli.typed import Darkroom

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery staple"


def superuser(darkroom: Darkroom, name: str) -> None:
    made = darkroom("create-superuser", "--username", name, "--password-stdin", stdin=f"{PASSWORD}\n")
    assert made.code == 0, made


@pytest.fixture
def ours(darkroom: Darkroom) -> Darkroom:
    """With a database and one superuser."""
    darkroom("migrate")
    superuser(darkroom, "riz")
    return darkroom


def made(darkroom: Darkroom, *words: str, stdin: str = "") -> dict[str, Any]:
    answer = darkroom(*words, "--json", stdin=stdin)
    assert answer.code == 0, answer
    told: dict[str, Any] = json.loads(answer.out)
    return told


def rows(folder: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "data" / "media_store.db")) as database:
        return database.execute(query).fetchall()


def test_a_project_with_settings_from_a_file(ours: Darkroom, folder: Path) -> None:
    wanted = {"variants": {"thumb": {"width": 200, "format": "webp"}}, "visibility": "private", "quota": 5}
    (folder / "settings.json").write_text(json.dumps(wanted))
    words = ("projects", "create", "Sommer 2030", "--settings", str(folder / "settings.json"), "--description", "trips")
    project = made(ours, *words)
    assert (project["name"], project["slug"], project["description"]) == ("Sommer 2030", "sommer-2030", "trips")
    assert project["settings"]["visibility"] == "private"
    assert project["settings"]["variants"]["thumb"]["width"] == 200
    assert project["storage_limit_bytes"] == 5 << 20
    assert rows(folder, "SELECT u.username FROM projects p JOIN users u ON u.id = p.owner_id") == [("riz",)]
    assert len(rows(folder, "SELECT * FROM audit WHERE action LIKE 'project%'")) == 1
    other = made(ours, "projects", "create", "Other", "--settings", "-", stdin='{"visibility": "public"}')
    assert [each["id"] for each in made(ours, "projects", "list")["projects"]] == [other["id"], project["id"]]
    listed = ours("projects", "list").out
    assert f"{project['id']}  sommer-2030  Sommer 2030" in listed
    assert listed.endswith("2 projects\n")


def test_every_project_is_listed(ours: Darkroom) -> None:
    for number in range(3):
        made(ours, "projects", "create", f"P {number}")
    assert ours("projects", "list").out.endswith("3 projects\n")
    assert [each["slug"] for each in made(ours, "projects", "list")["projects"]] == ["p-2", "p-1", "p-0"]


@pytest.mark.parametrize(
    ("name", "settings", "told"),
    [
        ("", "{}", "name: "),
        ("P", '{"variants": {"x": {"width": 0}}, "quota": "much"}', "quota"),
        ("P", "{", "is not valid JSON"),
        ("P", "[]", "settings: "),
    ],
)
def test_what_the_api_refuses_is_one_line(ours: Darkroom, folder: Path, name: str, settings: str, told: str) -> None:
    assert told in ours("projects", "create", name, "--settings", "-", stdin=settings).refusal
    assert rows(folder, "SELECT * FROM projects") == []


def test_a_settings_file_that_is_not_there_is_one_line(ours: Darkroom, folder: Path) -> None:
    assert "cannot use" in ours("projects", "create", "P", "--settings", str(folder / "none.json")).refusal


def test_whose_project_it_is(darkroom: Darkroom, folder: Path) -> None:
    darkroom("migrate")
    assert "create-superuser" in darkroom("projects", "create", "P").refusal
    superuser(darkroom, "riz")
    superuser(darkroom, "ana")
    assert "--owner" in darkroom("projects", "create", "P").refusal
    assert "no account eve" in darkroom("projects", "create", "P", "--owner", "eve").refusal
    made(darkroom, "projects", "create", "P", "--owner", "ana")
    assert rows(folder, "SELECT u.username FROM projects p JOIN users u ON u.id = p.owner_id") == [("ana",)]


def test_a_key_for_a_slug_or_an_id(ours: Darkroom, folder: Path) -> None:
    project = made(ours, "projects", "create", "Photos")
    by_slug = made(ours, "keys", "create", "photos", "camera", "--scope", "write", "--expires", "2099-12-31")
    by_id = made(ours, "keys", "create", project["id"], "all")
    assert (by_slug["project_id"], by_id["project_id"]) == (project["id"], project["id"])
    assert (by_slug["scopes"], by_slug["expires_at"][:10]) == (["write"], "2099-12-31")
    assert (by_id["scopes"], by_id["expires_at"]) == (["read", "write"], None)
    assert by_slug["key"].startswith(by_slug["prefix"])
    plain = ours("keys", "create", "photos", "third")
    assert plain.code == 0
    assert plain.out.splitlines()[-1].startswith("dk_")
    assert len(rows(folder, "SELECT * FROM api_keys")) == 3


def test_keys_that_cannot_be(ours: Darkroom) -> None:
    made(ours, "projects", "create", "Photos")
    assert "there is no project nothing" in ours("keys", "create", "nothing", "k").refusal
    assert "name: " in ours("keys", "create", "photos", " ").refusal
    assert ours("keys", "create", "photos", "k", "--scope", "fly").code == 2
    assert ours("keys", "create", "photos", "k", "--expires", "2001-01-01").refusal


def test_a_slug_of_two_projects_names_neither(ours: Darkroom) -> None:
    ids = [made(ours, "projects", "create", "Photos")["id"] for _ in range(2)]
    for words in (["keys", "create", "photos", "k"], ["sync-variants", "photos", "--dry-run"]):
        refusal = ours(*words).refusal
        assert all(each in refusal for each in ids)


def test_a_sync_takes_a_slug_or_an_id(ours: Darkroom) -> None:
    project = made(ours, "projects", "create", "Photos")
    for named in ("photos", project["id"]):
        assert made(ours, "sync-variants", named, "--dry-run")["files"] == 0
    assert made(ours, "sync-variants", "photos")["jobs_queued"] == 1
    assert "there is no project photo;" in ours("sync-variants", "photo").refusal
