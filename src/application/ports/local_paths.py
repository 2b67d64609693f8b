"""Port: the store is a disk of this machine, so open and rename instead of copying. An optional power of a store."""

from pathlib import Path
from typing import Protocol

from application.ports.blob_store import BlobInfo


class LocalPaths(Protocol):
    """Blobs as files of this machine."""

    async def locate(self, key: str) -> Path:
        """The file of a blob, to be read only, or `BlobMissing`."""
        ...

    async def adopt(self, path: Path, key: str) -> BlobInfo:
        """Make a finished file the blob of this key, durable on return; the file is gone from `path` afterwards."""
        ...

    def scratch(self) -> Path:
        """A folder on the same disk for files that may be adopted."""
        ...
