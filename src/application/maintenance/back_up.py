"""A backup that holds together, taken while everything goes on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from application.maintenance.copy_blobs import Copied, CopyBlobs, Tell
from application.ports.backup_folder import BackupFacts, BackupFolder
from application.ports.blob_store import BlobStore
from application.ports.clock import Clock
from application.ports.snapshots import Snapshots
from domain.errors import Unavailable

MOST_SNAPSHOTS = 20
BATCH = 1000


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What the backup holds now, what was copied for it, what is lacking, and what was dropped as nobody's."""

    facts: BackupFacts
    snapshots: int
    new: int
    new_bytes: int
    missing: tuple[str, ...]
    dropped: int


@dataclass(frozen=True, slots=True)
class BackUp:
    """Rows first, then every blob they name.

    Blobs are removed only after the rows that named them. So when one has gone meanwhile, another snapshot does not
    name it any more, and little is left to be copied for that: it goes on until nothing goes. What two snapshots name
    in vain is missing in the installation itself.
    """

    snapshots: Snapshots
    copy: CopyBlobs
    folder: BackupFolder
    clock: Clock
    program: str

    async def __call__(self, tell: Tell) -> BackedUp:
        """Make a backup, or bring the one that is there up to date; it stays whole all the while."""
        snapshot = await self.folder.begin()
        new = new_bytes = 0
        lost: set[str] | None = None
        for taken in range(1, MOST_SNAPSHOTS + 1):
            at = self.clock.now()
            copied = await self._once(snapshot, tell)
            new, new_bytes = new + copied.new, new_bytes + copied.new_bytes
            if not copied.missing or (copied.missing == lost and not copied.broken_off):
                facts = self._facts(at, copied)
                dropped = await self._drop(await self.folder.finish(facts))
                return BackedUp(facts, taken, new, new_bytes, tuple(sorted(copied.missing)), dropped)
            lost = copied.missing
        raise Unavailable(
            "blobs that the rows name are missing again and again: look with 'darkroom verify', "
            "or try again when less is being deleted"
        )

    async def _once(self, snapshot: Path, tell: Tell) -> Copied:
        await self.snapshots.take(snapshot)
        async with self.snapshots.files_in(snapshot) as files:
            return await self.copy(files, tell)

    def _facts(self, at: datetime, copied: Copied) -> BackupFacts:
        return BackupFacts(at, self.program, copied.files, copied.blobs, copied.bytes, len(copied.missing))

    async def _drop(self, snapshot: Path) -> int:
        """Take away what the rows in force do not name."""
        blobs, dropped = self.folder.blobs, 0
        async with self.snapshots.files_in(snapshot) as files:
            async for keys in _pages(blobs):
                known = await files.known(keys)
                for key in (key for key in keys if key not in known):
                    await blobs.remove(key)
                    dropped += 1
        return dropped


async def _pages(blobs: BlobStore) -> AsyncIterator[list[str]]:
    page: list[str] = []
    async for info in blobs.list():
        page.append(info.key)
        if len(page) >= BATCH:
            yield page
            page = []
    if page:
        yield page
