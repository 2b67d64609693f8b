"""`darkroom backup`, `restore` and `verify`, typed."""

import json
from pathlib import Path

import pytest

from tests.unit.entrypoints.cli.typed import Darkroom

pytestmark = pytest.mark.slow


@pytest.fixture
def seeded(darkroom: Darkroom, folder: Path) -> Darkroom:
    """With a few files in it."""
    assert darkroom("seed", "--json").code == 0
    return darkroom


def blobs_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and ".scratch" not in path.parts)


def test_there_and_back_again(seeded: Darkroom, folder: Path) -> None:
    first = json.loads(seeded("backup", "copy", "--json").out)
    assert first["files"] >= 3
    assert first["copied"] == first["blobs"]
    assert (first["missing"], first["dropped"]) == ([], 0)
    told = seeded("backup", "copy")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith(f"copy holds {first['files']} files, ")
    assert "copied 0 (0 B), dropped 0" in told.out

    elsewhere = {"DATA_DIR": str(folder / "elsewhere")}
    assert seeded("restore", "copy", **elsewhere).out.startswith(f"restored {first['files']} files, ")
    looked = json.loads(seeded("verify", "--hashes", "--json", **elsewhere).out)
    assert looked == {"files": first["files"], "blobs": first["blobs"], "bytes": first["bytes"], "damaged": 0}
    assert "there is a database already" in seeded("restore", "copy", **elsewhere).refusal


def test_a_damaged_installation_and_its_backup(seeded: Darkroom, folder: Path) -> None:
    seeded("backup", "copy")
    lost, *_ = blobs_below(folder / "data" / "media_store")
    lost.unlink()
    looked = seeded("verify")
    assert looked.code == 1
    assert f"{lost.name} is missing (file " in looked.out
    assert "; damaged: 1" in looked.out
    damage, total = map(json.loads, seeded("verify", "--json").out.splitlines())
    assert damage["problem"] == "is missing"
    assert total["damaged"] == 1
    # The backup has it still.
    assert seeded("verify", "copy", "--hashes").code == 0
    assert seeded("backup", "copy").code == 0
    fresh = seeded("backup", "another")
    assert fresh.code == 1
    assert f"{lost.name} is missing in the store" in fresh.out
    restored = seeded("restore", "another", DATA_DIR=str(folder / "elsewhere"))
    assert restored.code == 1
    assert f"{lost.name} is missing in the backup" in restored.out


def test_what_is_in_the_way_is_one_line(seeded: Darkroom, folder: Path) -> None:
    assert "something else than a backup" in seeded("backup", "data").refusal
    assert "there is no backup in" in seeded("restore", "data", DATA_DIR=str(folder / "elsewhere")).refusal
    assert "there is no backup in" in seeded("verify", "nowhere").refusal
    assert not (folder / "nowhere").exists()
    assert not (folder / "elsewhere").exists()


@pytest.mark.parametrize("words", [("backup", "copy"), ("restore", "copy"), ("verify", "copy")])
def test_without_a_file_there_are_better_tools(darkroom: Darkroom, folder: Path, words: tuple[str, str]) -> None:
    refusal = darkroom(*words, DATABASE_URL="memory://", BLOB_STORE="memory").refusal
    assert "pg_dump" in refusal
    assert not (folder / "copy").exists()


def test_the_installation_s_own_blobs_are_no_place_for_a_backup(seeded: Darkroom, folder: Path) -> None:
    (folder / "copy").mkdir()
    (folder / "copy" / "backup.json").write_text("{}")
    store = folder / "copy" / "media_store"
    (folder / "data" / "media_store").rename(store)
    blobs = blobs_below(store)
    (folder / "data" / "media_store").symlink_to(store)
    assert "the blobs of the installation" in seeded("backup", "copy").refusal
    (folder / "data" / "media_store").unlink()
    assert "the blobs of the installation" in seeded("backup", "copy", MEDIA_STORAGE_DIR=str(store)).refusal
    assert blobs_below(store) == blobs


def test_links_in_a_backup_empty_and_disclose_nothing(seeded: Darkroom, folder: Path) -> None:
    victim, trap = folder / "victim", folder / "trap"
    victim.mkdir()
    trap.mkdir()
    (victim / "precious").write_text("kept")
    (trap / "backup.json").write_text("{}")
    (trap / "media_store").symlink_to(victim)
    (trap / "backup.json.new").symlink_to(victim / "precious")
    assert "is a link" in seeded("backup", "trap").refusal
    assert (victim / "precious").read_text() == "kept"
    seeded("backup", "copy")
    (folder / "copy" / "media_store.db").unlink()
    (folder / "copy" / "media_store.db").symlink_to(folder / "data" / "media_store.db")
    for words in (["restore", "copy"], ["verify", "copy"]):
        assert "is a link" in seeded(*words, DATA_DIR=str(folder / "elsewhere")).refusal
    assert not (folder / "elsewhere").exists()


@pytest.mark.parametrize("word", ["[]", "[" * 50_000, '{"complete": true}'])
@pytest.mark.parametrize("command", ["restore", "verify"])
def test_a_backup_that_is_none_is_one_line(darkroom: Darkroom, folder: Path, command: str, word: str) -> None:
    strange = folder / "strange"
    strange.mkdir()
    (strange / "backup.json").write_text(word)
    (strange / "media_store.db").write_bytes(b"no database at all " * 1000)
    told = "no SQLite database" if command == "restore" else "cannot be looked into"
    assert (told if "complete" in word else "there is no backup in") in darkroom(command, "strange").refusal
    assert [path for path in folder.rglob("*") if ".restoring" in path.name] == []


@pytest.mark.parametrize("command", ["backup", "restore", "verify"])
def test_the_folder_is_explained(darkroom: Darkroom, command: str) -> None:
    told = darkroom(command, "--help").out
    assert "[[" not in told
    assert ("Where the backup lies, or will." in told) == (command == "backup")
    assert ("The folder of the backup." in told) == (command == "restore")
