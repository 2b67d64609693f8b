"""Where a picture lies while it is worked on, and how the results get into the store."""

import asyncio
import errno
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from application.ports.blob_store import BlobStore
from application.ports.direct_links import DirectLinks
from application.ports.file_streams import FileStreams
from application.ports.files import FileBatches
from application.ports.local_paths import LocalPaths
from application.trees import remove_tree
from domain.errors import Outage, StorageFull

PREFIX = "darkroom-work-"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class Workbench:
    """A private folder for each piece of work, gone afterwards.

    Where the store is a disk of this machine, sources are opened in place and results renamed into it; else both
    travel. Where readers are sent on to the store itself, by `links`, one may be on the way to a picture that has
    just been replaced.
    """

    blobs: BlobStore
    streams: FileStreams
    batches: FileBatches
    local: LocalPaths | None = None
    links: DirectLinks | None = None

    @asynccontextmanager
    async def set_up(self, source_key: str) -> AsyncIterator[tuple[Path, Path]]:
        """The source as a file to read, and an empty folder for results."""
        folder = await asyncio.to_thread(self._new_folder)
        try:
            if self.local:
                yield await self.local.locate(source_key), folder
            else:
                source = folder / "source"
                async with aclosing(self.blobs.read(source_key)) as chunks:
                    await self.streams.write(source, chunks)
                yield source, folder
        finally:
            # Cancelled, the thread goes on to its end all the same.
            await asyncio.shield(asyncio.to_thread(remove_tree, folder))

    async def store(self, path: Path, key: str, content_type: str) -> None:
        """Put a finished file under its key."""
        if self.local:
            await self.local.adopt(path, key)
        else:
            await self.blobs.put(key, self.streams.read(path), content_type=content_type)
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def forget(self, keys: Iterable[str]) -> None:
        """Remove what nobody will ask for; a key that somebody has by now is left to them.

        What a store that is away keeps is left to the sweep.
        """
        unwanted = list(keys)
        if unwanted:
            with suppress(Outage):
                known = await self.batches.known(unwanted)
                for key in unwanted:
                    if key not in known:
                        await self.blobs.remove(key)

    async def retire(self, keys: Iterable[str]) -> None:
        """Part with pictures that have a successor: at once, or by the sweep after the last link to them."""
        if self.links is None:
            await self.forget(keys)

    async def give_up(self, original_key: str) -> None:
        """Remove an original that is not kept any longer, or leave it to the sweep."""
        with suppress(Outage):
            await self.blobs.remove(original_key)

    async def sweep(self, untouched_for: timedelta) -> int:
        """Remove folders that workers left behind when they died; how many they were."""
        return await asyncio.to_thread(_sweep, untouched_for.total_seconds())

    def _new_folder(self) -> Path:
        try:
            return Path(tempfile.mkdtemp(prefix=PREFIX, dir=self.local.scratch() if self.local else None))
        except OSError as error:
            if error.errno in FULL:
                raise StorageFull("the disk for work in progress has no room left") from error
            raise


def _sweep(seconds: float) -> int:
    swept = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if time.time() - folder.lstat().st_mtime > seconds:
                swept += remove_tree(folder)
    return swept
