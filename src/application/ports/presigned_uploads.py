"""Port: uploads that were announced."""

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from domain.inbox import PresignedUpload


class PresignedUploads(Protocol):
    """Announced uploads, inside a unit of work; they outlive their project, as their links do."""

    async def add(self, upload: PresignedUpload) -> None:
        """Keep a new one; `ProjectMissing` when its project is gone."""
        ...

    async def get(self, upload_id: UUID) -> PresignedUpload | None:
        """The upload, held against other units until this one ends; or nothing."""
        ...

    async def save(self, upload: PresignedUpload) -> None:
        """Replace what is kept of it; `UploadMissing` when it is gone."""
        ...

    async def remove(self, upload_id: UUID) -> bool:
        """Forget it; whether there was one."""
        ...

    async def leave_owned(self, owner_id: UUID) -> None:
        """Their owner may not go on with those that are not completed: the same holds for them as for `leave`."""
        ...

    async def leave(self, project_id: UUID) -> None:
        """Their project goes: nobody needs to remember those left of it once nothing is sent any more (`LATE`)."""
        ...


class PresignedUploadReads(Protocol):
    """Announced uploads, to look at."""

    async def get(self, upload_id: UUID) -> PresignedUpload | None:
        """The upload, or nothing."""
        ...

    async def gone(self, *, limit: int) -> Sequence[PresignedUpload]:
        """Those nobody needs to remember any more, by the database's clock, those that have been so longest first."""
        ...

    async def completed(self, upload_ids: Collection[UUID]) -> frozenset[UUID]:
        """Those of them that are kept and completed, so that nothing under their keys is wanted any more."""
        ...
