"""One file goes."""

from dataclasses import dataclass
from uuid import UUID

from application.files.delete_files import DeleteFiles
from domain.access import Caller
from domain.audit import Origin
from domain.media import FileMissing, MediaFile


@dataclass(frozen=True, slots=True)
class DeleteFile:
    """Delete a file that is there, whatever is being done with it at the moment."""

    delete_files: DeleteFiles

    async def __call__(self, caller: Caller, file_id: UUID, origin: Origin) -> MediaFile:
        """As it was."""
        gone = await self.delete_files(caller, [file_id], origin)
        if not gone:
            raise FileMissing("there is no such file")
        return gone[0]
