"""Port: where a backup is kept."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from application.ports.blob_store import BlobStore
from domain.errors import Conflict


class NoBackup(Conflict):
    """It holds something else than a backup that came to its end, or is in use."""

    code = "no_backup"


@dataclass(frozen=True, slots=True)
class BackupFacts:
    """What a backup holds; `taken_at` is the moment of which it is, `missing` counts blobs that were not to be had."""

    taken_at: datetime
    program: str
    files: int
    blobs: int
    bytes: int
    missing: int


class BackupFolder(Protocol):
    """Keeps one backup: a snapshot of the rows and the blobs they name. Made again, it is brought up to date."""

    @property
    def blobs(self) -> BlobStore:
        """The blobs of the backup."""
        ...

    async def begin(self) -> Path:
        """Where the new snapshot is to be written; the one before stays in force.

        `NoBackup` when the folder holds anything else, or somebody else is writing there.
        """
        ...

    async def finish(self, facts: BackupFacts) -> Path:
        """Put the new snapshot in force, durable on return; where it lies now."""
        ...

    async def complete(self) -> Path:
        """The snapshot in force, or `NoBackup`."""
        ...
