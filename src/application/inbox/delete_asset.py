"""An asset goes."""

from dataclasses import dataclass
from uuid import UUID

from application.files.delete_files import DeleteFiles
from application.identity.remember import Remember
from application.ports.unit_of_work import UnitOfWork
from domain.access import UserCaller
from domain.audit import AuditAction, Origin
from domain.inbox import AssetMissing
from domain.media import MediaFile


@dataclass(frozen=True, slots=True)
class DeleteAsset:
    """Delete a file with everything made of it, and remember who did."""

    delete_files: DeleteFiles
    remember: Remember

    async def __call__(self, caller: UserCaller, asset_id: UUID, origin: Origin) -> None:
        async def along(unit: UnitOfWork, file: MediaFile) -> None:
            told = {"filename": file.filename, "freed_bytes": file.stored_bytes}
            subject = f"asset:{file.id}"
            await self.remember(unit, AuditAction.ASSET_DELETED, subject, origin, project_id=file.project_id, **told)

        if not await self.delete_files(caller, [asset_id], along=along):
            raise AssetMissing("there is no such asset")
