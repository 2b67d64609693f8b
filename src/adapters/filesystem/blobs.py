"""Blobs as files below a folder."""

import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from adapters.filesystem.folders import opened, tidy
from adapters.filesystem.listing import walk
from adapters.filesystem.moving import move
from adapters.filesystem.open_blob import OpenBlob, etag_of, facts_of
from adapters.filesystem.staged_file import StagedFile
from adapters.filesystem.threads import Threads
from application.ports.blob_store import BlobInfo, BlobMissing
from application.ports.unfinished_uploads import Ours
from application.trees import remove_tree
from domain.blob_keys import check_key, check_prefix
from domain.errors import Invalid

SCRATCH = ".scratch"
BATCH = 2 * 1024 * 1024
LISTED_AT_ONCE = 500


class FilesystemBlobs:
    """A blob is a file of its key's name below the root; unfinished ones lie in a hidden folder beside them."""

    def __init__(self, root: Path, *, threads: int = 16) -> None:
        self._root = root.absolute()
        self._threads = Threads(threads)

    async def put(
        self, key: str, chunks: AsyncIterator[bytes], *, content_type: str, size: int | None = None
    ) -> BlobInfo:
        """Write to a name of its own, then rename; a small blob costs one trip to a thread."""
        names = _names(key)
        staged = StagedFile.fresh(self._root / SCRATCH)
        try:
            rest = await self._write(staged, chunks, size)
            facts = await self._threads.run(_finish, staged, rest, self._root, names)
        except BaseException:
            await self._threads.settle(staged.discard)
            raise
        return _info(key, facts)

    async def read(
        self, key: str, *, start: int = 0, end: int | None = None, etag: str | None = None
    ) -> AsyncGenerator[bytes, None]:
        """The file as it was when the reading began, whatever is put or removed meanwhile."""
        _names(key)
        blob = OpenBlob(self._root, key, start, end, etag)
        try:
            while not blob.done:
                if chunk := await self._threads.run(blob.step):
                    yield chunk
        finally:
            blob.close()

    async def stat(self, key: str) -> BlobInfo:
        """Facts of the file."""
        _names(key)
        return _info(key, await self._threads.run(facts_of, self._root, key))

    async def remove(self, key: str) -> None:
        """Unlink the file, and the folders it leaves empty."""
        _names(key)
        await self._threads.run(_unlink, self._root, key)

    async def move(self, source: str, to: str, *, etag: str | None = None, content_type: str | None = None) -> BlobInfo:
        """Rename the file; of what type it is nobody asks here."""
        return _info(to, await self._threads.run(move, self._root, _names(source), _names(to), etag))

    async def list(self, prefix: str = "") -> AsyncGenerator[BlobInfo, None]:
        """Walk the folders; files that others laid here under names that are no keys are passed over."""
        check_prefix(prefix)
        found = walk(self._root, prefix, SCRATCH)
        while page := await self._threads.run(lambda: list(islice(found, LISTED_AT_ONCE))):
            for key, facts in page:
                if _is_key(key):
                    yield _info(key, facts)

    async def check(self) -> None:
        """Write a file and remove it."""
        staged = StagedFile.fresh(self._root / SCRATCH)
        try:
            await self._threads.run(staged.write, memoryview(b"."))
        finally:
            await self._threads.settle(staged.discard)

    async def locate(self, key: str) -> Path:
        """The file itself."""
        names = _names(key)
        await self._threads.run(facts_of, self._root, key)
        return self._root.joinpath(*names)

    async def adopt(self, path: Path, key: str) -> BlobInfo:
        """Rename the file to where its key says; when that fails it stays where it was."""
        facts = await self._threads.run(_adopt, StagedFile(path), self._root, _names(key))
        return _info(key, facts)

    def scratch(self) -> Path:
        """The hidden folder."""
        folder = self._root / SCRATCH
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    async def drop_unfinished(self, before: datetime, ours: Ours) -> int:
        """Remove what crashes left in the scratch folder, which is ours alone, and nobody has touched since."""
        return await self._threads.run(_drop_stale, self._root / SCRATCH, before.timestamp())

    async def _write(self, staged: StagedFile, chunks: AsyncIterator[bytes], size: int | None) -> memoryview:
        """Write in large batches; the last one is left to the step that finishes the file."""
        # One buffer for all: holding on to the chunks themselves makes the allocator give pages back and take
        # them again, which costs more than this copy.
        buffer = bytearray()
        held = total = 0
        async for chunk in chunks:
            buffer[held : held + len(chunk)] = chunk
            held += len(chunk)
            if size is not None and total + held > size:
                break
            if held >= BATCH:
                with memoryview(buffer)[:held] as batch:
                    await self._threads.run(staged.write, batch)
                total += held
                held = 0
        if size is not None and total + held != size:
            more = "more" if total + held > size else "fewer"
            raise Invalid(f"Instead of the {size} bytes announced there came {more}.")
        return memoryview(buffer)[:held]


def _names(key: str) -> list[str]:
    check_key(key)
    names = key.split("/")
    if names[0].casefold() == SCRATCH:
        raise Invalid(f"Keys below {SCRATCH!r} belong to the store itself.")
    return names


def _finish(staged: StagedFile, rest: memoryview, root: Path, names: list[str]) -> os.stat_result:
    staged.write(rest)
    return staged.finish(root, names)


def _adopt(staged: StagedFile, root: Path, names: list[str]) -> os.stat_result:
    try:
        staged.take()
        return staged.finish(root, names)
    finally:
        staged.close()


def _unlink(root: Path, key: str) -> None:
    *folders, name = key.split("/")
    try:
        facts_of(root, key)
        with opened(root, folders) as folder:
            os.unlink(name, dir_fd=folder)
    except (BlobMissing, FileNotFoundError):
        return
    tidy(root, folders)


def _drop_stale(scratch: Path, before: float) -> int:
    dropped = 0
    for path in scratch.glob("*"):
        # What is being finished or given up at this moment is gone before we have looked.
        with suppress(FileNotFoundError):
            if path.lstat().st_mtime >= before:
                continue
            dropped += remove_tree(path)
    return dropped


def _is_key(key: str) -> bool:
    try:
        check_key(key)
    except Invalid:
        return False
    return True


def _info(key: str, facts: os.stat_result) -> BlobInfo:
    return BlobInfo(key, facts.st_size, etag_of(facts), datetime.fromtimestamp(facts.st_mtime_ns / 1e9, UTC))
