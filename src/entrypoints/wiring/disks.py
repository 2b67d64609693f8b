"""The disks that uploads fill."""

from application.ports.disk import Disk
from entrypoints.settings import Settings
from entrypoints.wiring.parts import Blobs


def reserved_disk(settings: Settings, blobs: Blobs) -> Disk:
    """Those of the blobs and of the database, as far as they are on this machine."""
    from adapters.system.disk import ReservedDisk

    folders = [folder for folder in (blobs.root, settings.database_folder) if folder is not None]
    return ReservedDisk(folders, settings.min_free_disk)
