"""Where a picture lies while it is worked on, and how the results get into the store."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from application.ports.blob_store import BlobMissing, BlobStore
from application.ports.file_streams import FileStreams
from application.ports.local_paths import LocalPaths


@dataclass(frozen=True, slots=True)
class Workbench:
    """A private folder for each piece of work, gone afterwards.

    Where the store is a disk of this machine, sources are opened in place and results renamed into it; else both
    travel.
    """

    blobs: BlobStore
    streams: FileStreams
    local: LocalPaths | None = None

    @asynccontextmanager
    async def set_up(self, source_key: str) -> AsyncIterator[tuple[Path, Path]]:
        """The source as a file to read, and an empty folder for results."""
        folder = Path(tempfile.mkdtemp(prefix="work-", dir=self.local.scratch() if self.local else None))
        try:
            if self.local:
                yield await self.local.locate(source_key), folder
            else:
                source = folder / "source"
                async with aclosing(self.blobs.read(source_key)) as chunks:
                    await self.streams.write(source, chunks)
                yield source, folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    async def store(self, path: Path, key: str, content_type: str) -> None:
        """Put a finished file under its key."""
        if self.local:
            await self.local.adopt(path, key)
        else:
            await self.blobs.put(key, self.streams.read(path), content_type=content_type)

    async def holds(self, key: str) -> bool:
        """Whether anything lies under a key."""
        try:
            await self.blobs.stat(key)
        except BlobMissing:
            return False
        return True

    async def forget(self, keys: Iterable[str]) -> None:
        """Remove what nobody will ask for."""
        for key in keys:
            await self.blobs.remove(key)
