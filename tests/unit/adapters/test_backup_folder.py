"""Where backups are kept: never on top of anything else, and the earlier one in force until the next is whole."""

import json
import os
import shutil
from pathlib import Path
from uuid import uuid4

import pytest

from adapters.filesystem.backup_folder import FilesystemBackup
from adapters.sql.database import SqlDatabase
from adapters.sql.migrate import migrate
from adapters.sql.snapshots import SqliteSnapshots
from adapters.sql.users import SqlUserReads
from application.ports.backup_folder import BackupFacts, NoBackup
from domain.errors import Unavailable
from tests.unit.contracts.things import NOW

pytestmark = pytest.mark.anyio

FACTS = BackupFacts(NOW, "1.2", files=3, blobs=4, bytes=5, missing=0)


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_one_is_in_force_once_it_is_finished_and_not_before(tmp_path: Path) -> None:
    folder = FilesystemBackup(tmp_path / "deep" / "backup")
    with pytest.raises(NoBackup):
        await folder.complete()
    (await folder.begin()).write_bytes(b"first")
    with pytest.raises(NoBackup):
        await folder.complete()
    snapshot = await folder.finish(FACTS)
    assert snapshot == await folder.complete()
    assert snapshot.read_bytes() == b"first"
    await folder.close()
    (await folder.begin()).write_bytes(b"second")
    assert (await folder.complete()).read_bytes() == b"first"
    assert (await folder.finish(FACTS)).read_bytes() == b"second"
    await folder.close()
    told = json.loads((tmp_path / "deep" / "backup" / "backup.json").read_text())
    assert told == {
        "complete": True,
        "taken_at": NOW.isoformat(),
        "program": "1.2",
        "files": 3,
        "blobs": 4,
        "bytes": 5,
        "missing": 0,
    }


async def test_what_is_no_backup_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "media_store.db").write_bytes(b"somebody's database")
    with pytest.raises(NoBackup, match="empty folder"):
        await FilesystemBackup(tmp_path).begin()
    assert names_in(tmp_path) == ["media_store.db"]


async def test_one_that_broke_off_at_once_can_be_begun_again(tmp_path: Path) -> None:
    first = FilesystemBackup(tmp_path / "backup")
    await first.begin()
    await first.close()
    again = FilesystemBackup(tmp_path / "backup")
    await again.begin()
    await again.close()


async def test_two_at_once_are_one_too_many(tmp_path: Path) -> None:
    first, second = FilesystemBackup(tmp_path / "backup"), FilesystemBackup(tmp_path / "backup")
    await first.begin()
    with pytest.raises(NoBackup, match="somebody else"):
        await second.begin()
    await second.close()
    await first.close()
    await second.begin()
    await second.close()


async def test_one_that_became_an_installation_is_not_written_over(tmp_path: Path) -> None:
    live, place = tmp_path / "live.db", tmp_path / "backup"
    migrate(f"sqlite:///{live}")
    folder = FilesystemBackup(place)
    await SqliteSnapshots(live).take(await folder.begin())
    await folder.finish(FACTS)
    await folder.close()
    await folder.begin()
    await folder.close()
    copy = tmp_path / "copy"
    shutil.copytree(place, copy)
    database = SqlDatabase(f"sqlite:///{copy / 'media_store.db'}")
    await database.open()
    assert await SqlUserReads(database).get(uuid4()) is None
    await database.close()
    with pytest.raises(NoBackup, match="started from"):
        await FilesystemBackup(copy).begin()


async def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable):
        await FilesystemBackup(tmp_path / "file" / "backup").begin()


OURS = ["media_store.db", "media_store.db-wal", "media_store.db.new", "media_store", "backup.json", "backup.json.new"]


@pytest.mark.parametrize("name", [*OURS, "media_store/.scratch"])
@pytest.mark.parametrize("dangling", [False, True])
async def test_a_link_in_it_is_not_followed(tmp_path: Path, name: str, dangling: bool) -> None:
    place, victim = await backed_up(tmp_path / "backup"), tmp_path / "victim"
    if not dangling:
        victim.mkdir()
        (victim / "precious").write_text("kept")
    link = place / name
    shutil.rmtree(link) if link.is_dir() else link.unlink(missing_ok=True)
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(victim)
    for ask in (FilesystemBackup(place).begin, FilesystemBackup(place).complete):
        with pytest.raises(NoBackup, match="is a link"):
            await ask()
    assert victim.exists() != dangling
    assert dangling or names_in(victim) == ["precious"]


async def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    place = await backed_up(tmp_path / "backup")
    (tmp_path / "latest").symlink_to(place)
    assert (await FilesystemBackup(tmp_path / "latest").complete()).read_bytes() == b"rows"


async def test_what_is_laid_in_the_way_meanwhile_is_replaced_not_written_into(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("kept")
    folder = FilesystemBackup(tmp_path / "backup")
    (await folder.begin()).write_bytes(b"rows")
    (tmp_path / "backup" / "backup.json.new").symlink_to(victim)
    await folder.finish(FACTS)
    await folder.close()
    mark = tmp_path / "backup" / "backup.json"
    assert victim.read_text() == "kept"
    assert not mark.is_symlink()
    assert mark.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("word", ["[]", "1", "null", '{"complete": 1}', "[" * 50_000, "{" * 10, "\udc80", ""])
async def test_a_word_that_is_none_is_no_backup(tmp_path: Path, word: str) -> None:
    place = await backed_up(tmp_path / "backup")
    (place / "backup.json").write_bytes(word.encode(errors="surrogateescape"))
    with pytest.raises(NoBackup, match="no backup in"):
        await FilesystemBackup(place).complete()


async def test_a_pipe_for_a_word_is_not_waited_for(tmp_path: Path) -> None:
    place = await backed_up(tmp_path / "backup")
    (place / "backup.json").unlink()
    os.mkfifo(place / "backup.json")
    with pytest.raises(NoBackup, match="no backup in"):
        await FilesystemBackup(place).complete()


@pytest.mark.parametrize("live", ["backup/media_store", "backup/media_store/deep", "backup", "."])
@pytest.mark.parametrize("linked", [False, True])
async def test_the_installation_is_not_backed_up_into_itself(tmp_path: Path, live: str, linked: bool) -> None:
    place = await backed_up(tmp_path / "backup")
    (tmp_path / live).mkdir(parents=True, exist_ok=True)
    of = tmp_path / live
    if linked:
        of = tmp_path / "link"
        of.symlink_to(tmp_path / live)
    with pytest.raises(NoBackup, match="blobs of the installation"):
        await FilesystemBackup(place, of=of).begin()


async def backed_up(place: Path) -> Path:
    folder = FilesystemBackup(place, of=place.with_name("live"))
    (await folder.begin()).write_bytes(b"rows")
    await folder.finish(FACTS)
    await folder.close()
    return place
