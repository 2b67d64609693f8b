"""Backups of an installation, given where they lie."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from application.maintenance.back_up import BackUp
from application.maintenance.copy_blobs import CopyBlobs
from application.maintenance.restore_backup import RestoreBackup
from application.maintenance.verify_blobs import VerifyBlobs
from application.ports.clock import Clock
from application.ports.snapshots import Snapshots
from domain.errors import Invalid
from entrypoints.version import VERSION
from entrypoints.wiring.parts import Blobs, Database, Opened

NO_FILE = (
    "the database is no file of this machine: copy it with pg_dump and the bucket with a mirror, as docs/OPERATIONS.md"
    " says, and look with 'darkroom verify' at what became of it"
)


@dataclass(frozen=True, slots=True)
class Backups:
    """What makes a backup in a folder, and what brings it back."""

    database: Database
    blobs: Blobs
    clock: Clock

    def into(self, folder: Path) -> tuple[BackUp, Opened]:
        """What makes one there, and what is held while it is made."""
        from adapters.filesystem.backup_folder import FilesystemBackup

        place = FilesystemBackup(folder, of=self.blobs.root)
        copy = CopyBlobs(self.blobs.store, place.blobs)
        return BackUp(self._snapshots(), copy, place, self.clock, VERSION), place

    def out_of(self, folder: Path) -> RestoreBackup:
        """What brings it back."""
        from adapters.filesystem.backup_folder import FilesystemBackup

        place = FilesystemBackup(folder)
        return RestoreBackup(self._snapshots(), place, CopyBlobs(place.blobs, self.blobs.store))

    @asynccontextmanager
    async def kept_in(self, folder: Path) -> AsyncIterator[VerifyBlobs]:
        """What looks whether one is whole."""
        from adapters.filesystem.backup_folder import FilesystemBackup

        place = FilesystemBackup(folder)
        async with self._snapshots().files_in(await place.complete()) as files:
            yield VerifyBlobs(files, place.blobs)

    def _snapshots(self) -> Snapshots:
        if self.database.snapshots is None:
            raise Invalid(NO_FILE)
        return self.database.snapshots
