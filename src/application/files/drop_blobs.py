"""Taking bytes away that no row speaks of any more."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from application.ports.blob_store import BlobStore
from domain.errors import DarkroomError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DropBlobs:
    """Remove blobs once the rows are gone; what a store that is down keeps is left to the sweep."""

    blobs: BlobStore

    async def __call__(self, keys: Iterable[str]) -> None:
        """Never fails."""
        for key in keys:
            try:
                await self.blobs.remove(key)
            except DarkroomError as error:
                _log.warning("blobs of deleted files stay until the sweep finds them: %s", error)
                return
