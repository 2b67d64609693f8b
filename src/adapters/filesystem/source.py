"""A folder as a source."""

import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from itertools import islice
from pathlib import Path

from adapters.filesystem.listing import walk
from adapters.filesystem.open_blob import OpenBlob, etag_of, facts_of
from adapters.filesystem.threads import Threads
from application.ports.blob_store import BlobMissing
from application.ports.ingest_sources import SourceChanged, SourceMissing, SourceObject

LISTED_AT_ONCE = 500
NOTHING_HIDDEN = "\0"


class FilesystemSource:
    """Reads files below a folder that is somebody else's; links are not followed, nor is what is hidden looked at."""

    def __init__(self, root: Path, *, threads: int = 4) -> None:
        self._root = root.absolute()
        self._threads = Threads(threads)

    @property
    def name(self) -> str:
        return self._root.as_uri()

    async def list(self) -> AsyncGenerator[SourceObject, None]:
        """Folder by folder."""
        if not await self._threads.run(self._root.is_dir):
            raise SourceMissing(f"there is no folder {self._root}")
        found = walk(self._root, "", NOTHING_HIDDEN)
        while page := await self._threads.run(lambda: list(islice(found, LISTED_AT_ONCE))):
            for key, facts in page:
                if not _hidden(key):
                    yield _object(key, facts)

    async def stat(self, key: str) -> SourceObject:
        if _hidden(key) or any(part in {"", ".."} for part in key.split("/")) or "\0" in key:
            raise self._missing(key)
        try:
            return _object(key, await self._threads.run(facts_of, self._root, key))
        except BlobMissing:
            raise self._missing(key) from None

    async def read(self, wanted: SourceObject) -> AsyncGenerator[bytes, None]:
        """What is still being written is told by its having changed at the end."""
        if await self.stat(wanted.key) != wanted:
            raise _changed(wanted)
        async with aclosing(self._chunks(wanted)) as chunks:
            async for chunk in chunks:
                yield chunk
        if await self.stat(wanted.key) != wanted:
            raise _changed(wanted)

    async def _chunks(self, wanted: SourceObject) -> AsyncGenerator[bytes, None]:
        opened = OpenBlob(self._root, wanted.key, 0, wanted.size)
        try:
            while not opened.done:
                if chunk := await self._threads.run(opened.step):
                    yield chunk
        except BlobMissing:
            raise _changed(wanted) from None
        finally:
            opened.close()

    def _missing(self, key: str) -> SourceMissing:
        return SourceMissing(f"there is no file {key!r} in {self._root}")


def _hidden(key: str) -> bool:
    return key.startswith(".") or "/." in key


def _object(key: str, facts: os.stat_result) -> SourceObject:
    return SourceObject(key, etag_of(facts), facts.st_size)


def _changed(wanted: SourceObject) -> SourceChanged:
    return SourceChanged(f"{wanted.key!r} has changed since it was listed")
