"""Blobs on a disk: the promises of the port, and what only a disk can do to them."""

import errno
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from adapters.filesystem import listing
from adapters.filesystem.blobs import FilesystemBlobs
from adapters.filesystem.errors import translate
from adapters.filesystem.staged_file import StagedFile
from application.ports.blob_moves import BlobChanged
from application.ports.blob_store import BlobMissing
from domain.errors import Invalid, StorageFull, Unavailable
from tests.servers.process import completed
from tests.tables import over_rows
from tests.unit.contracts.blob_moves import BlobMovesContract
from tests.unit.contracts.blob_store import BODY, BlobStoreContract, any_key, keys, put, read_all, stream
from tests.unit.contracts.local_paths import LocalPathsContract

pytestmark = pytest.mark.anyio
SOON = timedelta(minutes=1)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "made" / "on demand"


@pytest.fixture
def store(root: Path) -> FilesystemBlobs:
    return FilesystemBlobs(root)


def names_below(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*")}


class TestFilesystemBlobs(BlobStoreContract):
    async def unfinished(self, store: FilesystemBlobs) -> int:  # type: ignore[override]
        return len(list(store.scratch().iterdir()))


class TestFilesystemPaths(LocalPathsContract):
    pass


class TestFilesystemMoves(BlobMovesContract):
    pass


async def test_a_moved_blob_leaves_no_folder_behind(store: FilesystemBlobs, root: Path) -> None:
    await put(store, "in/deep/a")
    await store.move("in/deep/a", "out/b")
    assert names_below(root) == {".scratch", "out", "out/b"}


async def test_what_was_put_there_meanwhile_is_not_moved(
    store: FilesystemBlobs, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = await put(store, "in/a", b"looked at")
    take = StagedFile.take

    def too_late(staged: StagedFile) -> None:
        (root / "newer").write_bytes(b"newer")
        (root / "newer").rename(root / "in/a")
        take(staged)

    monkeypatch.setattr(StagedFile, "take", too_late)
    with pytest.raises(BlobChanged):
        await store.move("in/a", "out/b", etag=looked_at.etag)
    assert await keys(store.list()) == ["in/a"]
    assert await read_all(store.read("in/a")) == b"newer"


async def test_a_blob_cannot_be_moved_below_another(store: FilesystemBlobs) -> None:
    await put(store, "a")
    await put(store, "b")
    with pytest.raises(Invalid):
        await store.move("a", "b/c")
    assert await keys(store.list()) == ["a", "b"]


async def test_a_blob_is_a_file_of_its_name_and_nothing_else_is_there(store: FilesystemBlobs, root: Path) -> None:
    await put(store, "a/b.txt")
    assert names_below(root) == {".scratch", "a", "a/b.txt"}
    await store.remove("a/b.txt")
    assert names_below(root) == {".scratch"}


async def test_symbolic_links_lead_nowhere(store: FilesystemBlobs, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    await put(store, "a/b")
    (root / "a/folder").symlink_to(outside)
    (root / "a/file").symlink_to(outside / "secret")
    for key in ["a/folder/secret", "a/file"]:
        for asked in [store.stat(key), store.locate(key), read_all(store.read(key))]:
            with pytest.raises(BlobMissing):
                await asked
    with pytest.raises(Invalid):
        await put(store, "a/folder/secret", b"written")
    await store.remove("a/folder/secret")
    assert await keys(store.list()) == ["a/b"]
    await put(store, "a/file", b"a blob now")
    assert (outside / "secret").read_bytes() == b"secret"


async def test_the_root_itself_may_be_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    await put(FilesystemBlobs(tmp_path / "link"), "a")
    assert (tmp_path / "disk/a").read_bytes() == BODY


@pytest.mark.parametrize("key", [".scratch/a", ".scratch", ".SCRATCH/a"])
async def test_the_scratch_folder_is_no_place_for_blobs(store: FilesystemBlobs, key: str) -> None:
    with pytest.raises(Invalid):
        await put(store, key)
    with pytest.raises(Invalid):
        await store.stat(key)


async def test_folders_and_devices_are_no_blobs(store: FilesystemBlobs, root: Path) -> None:
    await put(store, "a/b")
    os.mkfifo(root / "a/pipe")
    with anyio.fail_after(5):
        for key in ["a", "a/pipe"]:
            with pytest.raises(BlobMissing):
                await read_all(store.read(key))
        for path in [root / "a/pipe", root / "a"]:
            with pytest.raises(Invalid):
                await store.adopt(path, "c")


async def test_a_key_cannot_be_both_a_blob_and_a_folder(store: FilesystemBlobs) -> None:
    await put(store, "a/b")
    for key in ["a", "a/b/c"]:
        with pytest.raises(Invalid):
            await put(store, key)
    assert await keys(store.list()) == ["a/b"]
    assert not list(store.scratch().iterdir())


async def test_lists_folders_larger_than_a_page(store: FilesystemBlobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 3)
    every = sorted([f"d/{number:02}" for number in range(10)] + [f"d/{number:02}x/{number}" for number in range(8)])
    for key in reversed(every):
        await put(store, key)
    assert await keys(store.list()) == every
    assert await keys(store.list("d/03")) == ["d/03", "d/03x/3"]


async def test_foreign_names_are_passed_over(store: FilesystemBlobs, root: Path) -> None:
    await put(store, "a")
    for name in [b"back\\slash", b"line\nbreak", *([b"not\xffutf8"] if sys.platform == "linux" else [])]:
        (root / os.fsdecode(name)).touch()
    assert await keys(store.list()) == ["a"]


async def test_etags_differ_even_when_inode_tick_and_size_are_the_same(store: FilesystemBlobs) -> None:
    etags = {(await put(store, "a", number.to_bytes(2, "big"))).etag for number in range(100)}
    assert len(etags) == 100


async def test_a_blob_cut_short_by_others_is_said(store: FilesystemBlobs, root: Path) -> None:
    await put(store, "a", b"x" * 3 * 1024 * 1024)
    chunks = store.read("a")
    await anext(chunks)
    os.truncate(root / "a", 100)
    with pytest.raises(Unavailable):
        await read_all(chunks)


async def test_drops_what_crashes_left_and_nothing_younger(store: FilesystemBlobs) -> None:
    scratch = store.scratch()
    (scratch / "old.part").write_bytes(b"half")
    (scratch / "old folder").mkdir()
    (scratch / "old folder" / "page").write_bytes(b"")
    (scratch / "young.part").write_bytes(b"still coming")
    for name in ["old.part", "old folder"]:
        os.utime(scratch / name, (0, 0))
    assert await store.drop_unfinished(datetime.now(UTC) - SOON, any_key) == 2
    assert [path.name for path in scratch.iterdir()] == ["young.part"]
    assert await store.drop_unfinished(datetime.now(UTC) - SOON, any_key) == 0


async def test_what_is_finished_while_leftovers_are_looked_for_disturbs_nobody(
    store: FilesystemBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = store.scratch() / "left.part"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    seen = [store.scratch() / "finished meanwhile", left]
    monkeypatch.setattr(Path, "glob", lambda folder, pattern: iter(seen))
    assert await store.drop_unfinished(datetime.now(UTC) - SOON, any_key) == 1
    assert not left.exists()


async def test_a_store_that_was_never_used_is_empty(store: FilesystemBlobs) -> None:
    assert await keys(store.list()) == []
    assert await store.drop_unfinished(datetime.now(UTC), any_key) == 0
    with pytest.raises(BlobMissing):
        await store.stat("a")


async def test_a_place_that_cannot_be_a_folder_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = FilesystemBlobs(tmp_path / "file")
    with pytest.raises(Unavailable):
        await store.check()
    with pytest.raises(Unavailable):
        await put(store, "a")


FILL = """
import anyio, resource, sys
from pathlib import Path
from adapters.filesystem.blobs import FilesystemBlobs
from domain.errors import StorageFull

async def stream(size):
    for _ in range(size // 65536):
        yield b"x" * 65536

async def main():
    store = FilesystemBlobs(Path(sys.argv[1]))
    await store.put("a", stream(65536), content_type="")
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000_000, resource.RLIM_INFINITY))
    for key in ("a", "b"):
        try:
            await store.put(key, stream(20_000_000), content_type="")
        except StorageFull:
            print("full")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print((await store.stat("a")).size, len(list(store.scratch().iterdir())))
    print((await store.put("b", stream(20_000_000), content_type="")).size)

anyio.run(main)
"""


def test_no_room_is_said_and_leaves_nothing(root: Path) -> None:
    path = os.pathsep.join(path for path in sys.path if path)
    said = completed([sys.executable, "-c", FILL, str(root)], env={"PYTHONPATH": path}, check=True)
    assert said.stdout.split() == ["full", "full", "65536", "0", "19988480"]


@over_rows(
    ("number", "kind"),
    [
        (errno.ENOSPC, StorageFull),
        (errno.EDQUOT, StorageFull),
        (errno.EIO, Unavailable),
        (errno.EROFS, Unavailable),
        (errno.EMFILE, Unavailable),
        (errno.ENAMETOOLONG, Invalid),
    ],
)
def test_failed_system_calls_in_our_words(number: int, kind: type[Exception]) -> None:
    assert type(translate(OSError(number, os.strerror(number)))) is kind


async def test_errors_of_the_stream_stay_its_own(store: FilesystemBlobs) -> None:
    async def torn() -> None:
        raise ConnectionResetError(errno.EIO, "the client's socket, not our disk")

    async def chunks():  # type: ignore[no-untyped-def]
        yield b"some"
        await torn()

    with pytest.raises(ConnectionResetError):
        await store.put("a", chunks(), content_type="image/png")


async def test_many_puts_share_few_threads(tmp_path: Path) -> None:
    store = FilesystemBlobs(tmp_path, threads=2)
    async with anyio.create_task_group() as group:
        for number in range(50):
            group.start_soon(put, store, f"many/{number}", b"x" * number)
    assert len(await keys(store.list("many/"))) == 50
    assert (await store.put("last", stream(b"1"), content_type="")).size == 1
