"""An asset goes."""

from dataclasses import dataclass
from uuid import UUID

from application.files.delete_files import DeleteFiles
from domain.access import UserCaller
from domain.audit import AuditAction, Origin
from domain.inbox import AssetMissing


@dataclass(frozen=True, slots=True)
class DeleteAsset:
    """Delete a file with everything made of it."""

    delete_files: DeleteFiles

    async def __call__(self, caller: UserCaller, asset_id: UUID, origin: Origin) -> None:
        """`AssetMissing` when it is not there."""
        if not await self.delete_files(caller, [asset_id], origin, action=AuditAction.ASSET_DELETED):
            raise AssetMissing("there is no such asset")
