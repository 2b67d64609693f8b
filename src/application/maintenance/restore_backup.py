"""Out of a backup, an installation."""

from dataclasses import dataclass

from application.maintenance.copy_blobs import Copied, CopyBlobs, Tell
from application.ports.backup_folder import BackupFolder
from application.ports.snapshots import Snapshots


@dataclass(frozen=True, slots=True)
class RestoreBackup:
    """Blobs first, rows at last: stopped anywhere there is no database yet, and it can be begun again.

    Nothing is overwritten: where a database is, nothing happens at all, and blobs that are there stay.
    """

    snapshots: Snapshots
    folder: BackupFolder
    copy: CopyBlobs

    async def __call__(self, tell: Tell) -> Copied:
        """What was brought back; blobs that the backup itself lacks are named, and the rest comes all the same."""
        await self.snapshots.check_vacant()
        staged = await self.snapshots.stage(await self.folder.complete())
        async with self.snapshots.files_in(staged) as files:
            copied = await self.copy(files, tell, whatever=True)
        await self.snapshots.put_back(staged)
        return copied
