"""What is deleted is gone: rows, counters, bytes; and nobody deletes what is not theirs."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from adapters.memory.blobs import MemoryBlobs
from adapters.memory.clock import ManualClock
from application.files.delete_file import DeleteFile
from application.files.delete_files import DeleteFiles
from application.files.drop_blobs import DropBlobs
from application.identity.remember import Remember
from domain.access import Caller, KeyCaller, KeyScope, Role, UserCaller
from domain.audit import AuditAction, Origin
from domain.errors import Forbidden, Unavailable
from domain.events import EventKind
from domain.media import FileMissing, MediaFile
from tests.unit.contracts.things import NOW, project, put
from tests.unit.use_cases.files.ready import MADE, ready
from tests.unit.use_cases.studio import JPEG, LEASE, Studio, sent

pytestmark = pytest.mark.anyio

STRANGER = UserCaller(UUID(int=7), "stranger", Role.USER, frozenset())
FOREIGN_KEY = KeyCaller(UUID(int=8), UUID(int=9), frozenset(KeyScope))
HERE = Origin(None, "192.0.2.1", "curl")
ALL_OF_IT = len(JPEG) + 2 * len(MADE)


@pytest.fixture
async def studio() -> Studio:
    return await Studio().open()


async def delete(studio: Studio, caller: Caller, file_id: UUID) -> MediaFile:
    return await DeleteFile(studio.delete_files)(caller, file_id, HERE)


async def test_a_file_goes_with_its_bytes_its_variants_and_its_share_of_the_quota(studio: Studio) -> None:
    file, other = await ready(studio), await ready(studio)
    assert (studio.counted.files_count, studio.counted.storage_used_bytes) == (2, 2 * ALL_OF_IT)

    assert (await delete(studio, studio.key, file.id)).id == file.id

    assert await studio.keys() == set(other.keys)
    assert (studio.counted.files_count, studio.counted.storage_used_bytes) == (1, ALL_OF_IT)
    assert studio.told[-1] == EventKind.FILE_DELETED
    (event,) = [event for event in studio.rows.rows.events if event.kind == EventKind.FILE_DELETED]
    assert (event.file_id, event.project_id, event.data["freed_bytes"]) == (file.id, studio.project.id, ALL_OF_IT)
    with pytest.raises(FileMissing):
        await delete(studio, studio.key, file.id)


async def test_who_deleted_what_is_remembered(studio: Studio) -> None:
    file, other = await ready(studio), await ready(studio)
    owner = UserCaller(studio.project.owner_id, "anna", Role.USER, frozenset())
    await delete(studio, studio.key, file.id)
    await delete(studio, owner, other.id)
    by_key, by_owner = studio.rows.rows.audit
    assert (by_key.action, by_key.subject, by_key.origin) == (AuditAction.FILE_DELETED, f"file:{file.id}", HERE)
    assert by_key.project_id == by_owner.project_id == studio.project.id
    told = {"filename": file.filename, "freed_bytes": ALL_OF_IT}
    assert by_key.payload == {**told, "key_id": str(studio.key.key_id)}
    assert by_owner.payload == told


async def test_the_owner_and_the_superuser_may(studio: Studio) -> None:
    superuser = UserCaller(UUID(int=10), "su", Role.SU, frozenset({"projects_all"}))
    for caller in (UserCaller(studio.project.owner_id, "anna", Role.USER, frozenset()), superuser):
        file = await ready(studio)
        await delete(studio, caller, file.id)
    assert await studio.keys() == set()


@pytest.mark.parametrize("outsider", [STRANGER, FOREIGN_KEY])
async def test_what_is_foreign_is_absent_and_stays(studio: Studio, outsider: Caller) -> None:
    file = await ready(studio)
    told = []
    for file_id in (file.id, uuid4()):
        with pytest.raises(FileMissing) as missing:
            await delete(studio, outsider, file_id)
        told.append(str(missing.value))
    assert told[0] == told[1]
    assert await studio.keys() == set(file.keys)


async def test_a_key_for_reading_deletes_nothing(studio: Studio) -> None:
    file = await ready(studio)
    with pytest.raises(Forbidden, match="may only read"):
        await delete(studio, replace(studio.key, scopes=frozenset({KeyScope.READ})), file.id)
    assert await studio.keys() == set(file.keys)


async def test_what_lies_in_the_bin_is_not_there_to_be_deleted(studio: Studio) -> None:
    file = await ready(studio)
    await studio.change(deleted_at=NOW)
    with pytest.raises(FileMissing):
        await delete(studio, studio.key, file.id)
    await studio.change(deleted_at=None)
    assert (await studio.file(file.id)).id == file.id


async def test_a_project_that_goes_into_the_bin_meanwhile_keeps_its_files(studio: Studio) -> None:
    file = await ready(studio)
    begins = studio.steps.seen.count("about to begin")

    async def into_the_bin() -> None:
        await studio.change(deleted_at=NOW)

    assert begins
    studio.steps.at[len(studio.steps.seen)] = into_the_bin
    with pytest.raises(FileMissing):
        await delete(studio, studio.key, file.id)
    assert await studio.keys() == set(file.keys)


async def test_nothing_happens_to_the_bytes_when_the_rows_stay(studio: Studio) -> None:
    file = await ready(studio)

    async def down() -> None:
        raise Unavailable("the database is gone")

    studio.steps.at[len(studio.steps.seen) + 1] = down
    with pytest.raises(Unavailable):
        await delete(studio, studio.key, file.id)
    assert await studio.keys() == set(file.keys)
    assert (studio.counted.files_count, studio.counted.storage_used_bytes) == (1, ALL_OF_IT)


class StoreDown(MemoryBlobs):
    """A store that cannot be reached."""

    asked = 0

    async def remove(self, key: str) -> None:
        self.asked += 1
        raise Unavailable("no answer")


async def test_a_store_that_is_down_is_asked_once_and_the_sweep_finds_the_rest(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING")
    file, down = await ready(studio), StoreDown(ManualClock(NOW))
    deleting = DeleteFile(
        DeleteFiles(studio.store, studio.files, DropBlobs(down), Remember(studio.clock, studio.ids), studio.clock)
    )
    assert (await deleting(studio.key, file.id, HERE)).id == file.id
    assert down.asked == 1
    assert "no answer" in caplog.text
    assert studio.counted.files_count == 0


async def test_deleting_while_it_is_processed_is_quiet(studio: Studio) -> None:
    file = await studio.uploaded()
    (job,) = await studio.queue.claim(slots=1, lease=LEASE)
    await delete(studio, studio.key, file.id)
    assert await studio.keys() == set()
    assert studio.job(job.id).file_id == file.id
    assert (studio.counted.files_count, studio.counted.storage_used_bytes) == (0, 0)


async def test_many_go_at_once_and_what_is_not_there_is_passed_over(studio: Studio) -> None:
    elsewhere = project(owner_id=studio.project.owner_id, settings=studio.project.settings)
    await put(studio.store, elsewhere)
    theirs = project(settings=studio.project.settings)
    await put(studio.store, theirs)
    mine = [await ready(studio) for _ in range(3)]
    other = await studio.upload_file(KeyCaller(uuid4(), elsewhere.id, frozenset(KeyScope)), sent(b"words"))
    foreign = await studio.upload_file(KeyCaller(uuid4(), theirs.id, frozenset(KeyScope)), sent(b"theirs"))
    owner = UserCaller(studio.project.owner_id, "anna", Role.USER, frozenset())

    asked = [mine[0].id, other.id, mine[1].id, mine[0].id, foreign.id, uuid4()]
    gone = await studio.delete_files(owner, asked, HERE)

    assert {file.id for file in gone} == {mine[0].id, mine[1].id, other.id}
    assert sum(file.stored_bytes for file in gone) == 2 * ALL_OF_IT + len(b"words")
    assert await studio.keys() == {*mine[2].keys, foreign.key}
    assert (studio.counted.files_count, studio.counted.storage_used_bytes) == (1, ALL_OF_IT)
    assert studio.told.count(EventKind.FILE_DELETED) == 3
    assert await studio.delete_files(owner, asked, HERE) == []
