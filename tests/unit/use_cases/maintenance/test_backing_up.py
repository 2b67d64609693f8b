"""A backup holds every byte that its rows promise, whatever is deleted while it is made, and can be brought back."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio
import pytest

from adapters.filesystem.backup_folder import FilesystemBackup
from adapters.filesystem.blobs import FilesystemBlobs
from adapters.memory.blobs import MemoryBlobs
from adapters.memory.clock import ManualClock
from adapters.sql.database import SqlDatabase
from adapters.sql.file_batches import SqlFileBatches
from adapters.sql.migrate import migrate
from adapters.sql.snapshots import SqliteSnapshots
from adapters.sql.store import SqlStore
from application.maintenance.back_up import BackedUp, BackUp
from application.maintenance.copy_blobs import Copied, CopyBlobs
from application.maintenance.restore_backup import RestoreBackup
from application.maintenance.verify_blobs import Damage, VerifyBlobs
from application.ports.backup_folder import NoBackup
from application.ports.blob_store import BlobMissing
from application.ports.snapshots import DatabaseThere
from domain.errors import Unavailable
from domain.media import FileStatus, MediaFile
from domain.projects import Project
from tests.unit.contracts.things import NOW, later, media_file, project, put, variant
from tests.unit.use_cases.studio import in_pieces

pytestmark = pytest.mark.anyio

Meanwhile = Callable[[str], Awaitable[None]]


@dataclass
class BusyBlobs(MemoryBlobs):
    """A store in which something happens before somebody reads, and everybody else waits for it."""

    meanwhile: Meanwhile | None = None
    gate: anyio.Lock = field(default_factory=anyio.Lock)

    async def read(
        self, key: str, *, start: int = 0, end: int | None = None, etag: str | None = None
    ) -> AsyncGenerator[bytes, None]:
        async with self.gate:
            if self.meanwhile is not None:
                await self.meanwhile(key)
        async for chunk in super().read(key, start=start, end=end, etag=etag):
            yield chunk


@dataclass
class House:
    """An installation on SQLite, and a folder for its backup."""

    folder: Path
    database: SqlDatabase
    blobs: BusyBlobs
    clock: ManualClock
    project: Project

    @property
    def store(self) -> SqlStore:
        return SqlStore(self.database)

    async def keep(self, body: bytes, **fields: object) -> MediaFile:
        """A picture with one variant, both in the store."""
        file = media_file(self.project.id, size=len(body), sha256=hashlib.sha256(body).hexdigest(), **fields)
        thumb = variant(file.id, "thumb").made(width=1, height=1, size=len(body) // 2)
        await self.lay(file.key, body)
        await self.lay(thumb.key, body[: len(body) // 2])
        file = replace(file, variants=(thumb,))
        await put(self.store, file)
        return file

    async def lay(self, key: str, body: bytes) -> None:
        await self.blobs.put(key, in_pieces(body), content_type="image/jpeg")

    async def delete(self, file: MediaFile) -> None:
        """Rows first, blobs after."""
        async with self.store.begin() as unit:
            await unit.files.remove(file.id)
            await unit.commit()
        for key in file.keys:
            await self.blobs.remove(key)

    async def back_up(self, into: Path | None = None) -> BackedUp:
        assert self.database.path is not None
        place = FilesystemBackup(into or self.folder / "backup")
        try:
            copy = CopyBlobs(self.blobs, place.blobs)
            return await BackUp(SqliteSnapshots(self.database.path), copy, place, self.clock, "1.2")(ignore)
        finally:
            await place.close()

    async def restore(self, to: Path, blobs: MemoryBlobs) -> Copied:
        place = FilesystemBackup(self.folder / "backup")
        return await RestoreBackup(SqliteSnapshots(to), place, CopyBlobs(place.blobs, blobs))(ignore)

    async def in_backup(self) -> dict[str, bytes]:
        blobs = FilesystemBlobs(self.folder / "backup" / "media_store")
        return {info.key: b"".join([chunk async for chunk in blobs.read(info.key)]) async for info in blobs.list()}

    async def damages(self, path: Path, blobs: MemoryBlobs, *, hashes: bool = False) -> Sequence[Damage]:
        found: list[Damage] = []
        database = SqlDatabase(f"sqlite:///{path}")
        await database.open()
        try:
            verify = VerifyBlobs(SqlFileBatches(database), blobs)
            done = await verify(hashes=hashes, tell=lambda told: None, found=found.append)
        finally:
            await database.close()
        assert done.damaged == len(found)
        return found


def ignore(copied: Copied) -> None:
    """Nobody listens."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    path = tmp_path / "data" / "media_store.db"
    migrate(f"sqlite:///{path}")
    database, clock, home = SqlDatabase(f"sqlite:///{path}"), ManualClock(NOW), project()
    await database.open()
    house = House(tmp_path, database, BusyBlobs(clock), clock, home)
    await put(house.store, home)
    yield house
    await database.close()


async def test_what_rows_promise_is_kept_and_nothing_else(house: House) -> None:
    file = await house.keep(b"a picture")
    bodiless = await house.keep(b"given up", original_deleted_at=later(1))
    await house.keep(b"on its way", status=FileStatus.PENDING)
    await house.lay("naive/files/orphan", b"nobody's")
    done = await house.back_up()
    assert await house.in_backup() == {
        file.key: b"a picture",
        file.variants[0].key: b"a pi",
        bodiless.variants[0].key: b"give",
    }
    assert (done.snapshots, done.new, done.dropped, done.missing) == (1, 3, 0, ())
    assert (done.facts.files, done.facts.blobs, done.facts.bytes, done.facts.taken_at) == (3, 3, 17, NOW)


async def test_it_can_be_brought_back_into_an_empty_place(house: House) -> None:
    file = await house.keep(b"a picture")
    await house.back_up()
    new, blobs = house.folder / "elsewhere" / "media_store.db", MemoryBlobs(house.clock)
    assert (await house.restore(new, blobs)).new == 2
    assert b"".join([chunk async for chunk in blobs.read(file.key)]) == b"a picture"
    assert await house.damages(new, blobs, hashes=True) == []
    with pytest.raises(DatabaseThere):
        await house.restore(new, blobs)


async def test_a_restore_that_broke_off_can_be_repeated(house: House) -> None:
    await house.keep(b"a picture")
    await house.back_up()
    new, blobs = house.folder / "elsewhere" / "media_store.db", MemoryBlobs(house.clock)

    class Full(MemoryBlobs):
        async def put(self, *args: object, **options: object) -> object:  # type: ignore[override]
            raise Unavailable("the store is away")

    with pytest.raises(Unavailable):
        await house.restore(new, Full(house.clock))
    assert not new.exists()
    await house.restore(new, blobs)
    assert await house.damages(new, blobs) == []


async def test_what_is_deleted_meanwhile_is_not_in_the_backup_and_what_comes_meanwhile_may_be(house: House) -> None:
    files = [await house.keep(f"picture {number}".encode()) for number in range(5)]
    came: list[MediaFile] = []

    async def meanwhile(key: str) -> None:
        house.blobs.meanwhile = None
        for file in files[:3]:
            await house.delete(file)
        came.append(await house.keep(b"fresh"))

    house.blobs.meanwhile = meanwhile
    done = await house.back_up()
    assert (done.snapshots, done.missing) == (2, ())
    assert done.facts.files == 3
    kept = [*files[3:], *came]
    assert (await house.in_backup()).keys() == {key for file in kept for key in file.keys}


async def test_a_variant_that_is_replaced_meanwhile_is_there_in_its_new_form(house: House) -> None:
    file = await house.keep(b"a picture")
    old = file.variants[0]
    new = replace(old, key=f"{old.key}.new", size=3)

    async def meanwhile(key: str) -> None:
        house.blobs.meanwhile = None
        await house.lay(new.key, b"new")
        async with house.store.begin() as unit:
            await unit.files.save_variants(file.id, [new])
            await unit.commit()
        await house.blobs.remove(old.key)

    house.blobs.meanwhile = meanwhile
    assert (await house.back_up()).missing == ()
    assert await house.in_backup() == {file.key: b"a picture", new.key: b"new"}


async def test_what_the_installation_itself_lacks_is_named_and_the_rest_kept(house: House) -> None:
    whole, bare, rotten = [await house.keep(f"picture {number}".encode()) for number in range(3)]
    await house.blobs.remove(bare.key)
    await house.lay(rotten.key, b"p1cture 2")
    done = await house.back_up()
    assert done.missing == tuple(sorted([bare.key, rotten.key]))
    assert (done.facts.missing, done.facts.blobs) == (2, 4)
    assert whole.key in await house.in_backup()
    new, blobs = house.folder / "elsewhere" / "media_store.db", MemoryBlobs(house.clock)
    assert (await house.restore(new, blobs)).missing == {bare.key, rotten.key}
    assert {damage.key for damage in await house.damages(new, blobs)} == {bare.key, rotten.key}


async def test_made_again_it_copies_what_is_new_and_drops_what_is_gone(house: House) -> None:
    stays, goes = await house.keep(b"stays"), await house.keep(b"goes")
    await house.back_up()
    await house.delete(goes)
    comes = await house.keep(b"comes")
    # What was lost since is still in the backup, and stays there.
    await house.blobs.remove(stays.key)
    done = await house.back_up()
    assert (done.new, done.dropped, done.missing) == (2, 2, ())
    assert (await house.in_backup()).keys() == {*stays.keys, *comes.keys}


async def test_one_that_breaks_off_leaves_the_earlier_one_as_it_was(house: House) -> None:
    first = await house.keep(b"first")
    await house.back_up()
    await house.delete(first)
    await house.keep(b"second")

    async def away(key: str) -> None:
        raise Unavailable("the store is away")

    house.blobs.meanwhile = away
    with pytest.raises(Unavailable):
        await house.back_up()
    new, blobs = house.folder / "elsewhere" / "media_store.db", MemoryBlobs(house.clock)
    await house.restore(new, blobs)
    assert b"".join([chunk async for chunk in blobs.read(first.key)]) == b"first"


@pytest.mark.slow
async def test_a_store_that_lost_nearly_everything_is_not_backed_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.maintenance.copy_blobs.MOST_MISSING", 4)
    for number in range(3):
        file = await house.keep(f"picture {number}".encode())
        for key in file.keys:
            await house.blobs.remove(key)
    with pytest.raises(Unavailable, match="darkroom verify"):
        await house.back_up()
    with pytest.raises(NoBackup):
        await FilesystemBackup(house.folder / "backup").complete()


async def test_damages_are_found_and_told_apart(house: House) -> None:
    _, bare, short, rotten = [await house.keep(f"picture {number}".encode()) for number in range(4)]
    await house.blobs.remove(bare.variants[0].key)
    await house.lay(short.key, b"pict")
    await house.lay(rotten.key, b"PICTURE 3")
    assert house.database.path is not None
    expected = {
        (bare.variants[0].key, "is missing"),
        (short.key, "has 4 bytes instead of 9"),
    }
    found = await house.damages(house.database.path, house.blobs)
    assert {(damage.key, damage.problem) for damage in found} == expected
    found = await house.damages(house.database.path, house.blobs, hashes=True)
    told = {(damage.key, damage.problem) for damage in found}
    assert told == {*expected, (rotten.key, "has other bytes than were sent")}
    assert {damage.file_id for damage in found} == {bare.id, short.id, rotten.id}


async def test_what_is_deleted_while_somebody_looks_is_no_damage(house: House) -> None:
    file = await house.keep(b"a picture")

    class Deleting(BusyBlobs):
        async def stat(self, key: str) -> object:  # type: ignore[override]
            await house.delete(file)
            raise BlobMissing("gone")

    assert house.database.path is not None
    assert await house.damages(house.database.path, Deleting(house.clock)) == []
