"""Announced uploads in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from adapters.memory.state import Draft, MemoryDatabase
from domain.errors import AlreadyThere
from domain.inbox import LATE, PresignedUpload, UploadMissing
from domain.projects import ProjectMissing


class MemoryPresignedUploads:
    """Announced uploads, inside a unit of work."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def add(self, upload: PresignedUpload) -> None:
        if upload.project_id not in self._draft.rows.projects:
            self._draft.refuse(ProjectMissing("the project is gone"))
        if upload.id in self._draft.rows.presigned_uploads:
            self._draft.refuse(AlreadyThere("this is there already"))
        self._draft.rows.presigned_uploads[upload.id] = upload

    async def get(self, upload_id: UUID) -> PresignedUpload | None:
        return self._draft.rows.presigned_uploads.get(upload_id)

    async def save(self, upload: PresignedUpload) -> None:
        kept = self._draft.rows.presigned_uploads.get(upload.id)
        if kept is None:
            self._draft.refuse(UploadMissing("the upload is gone"))
        same = replace(upload, owner_id=kept.owner_id, project_id=kept.project_id)
        self._draft.rows.presigned_uploads[upload.id] = same

    async def remove(self, upload_id: UUID) -> bool:
        return self._draft.rows.presigned_uploads.pop(upload_id, None) is not None

    async def leave_owned(self, owner_id: UUID) -> None:
        kept = self._draft.rows.presigned_uploads.values()
        self._leave([each for each in kept if each.owner_id == owner_id and not each.done])

    async def leave(self, project_id: UUID) -> None:
        self._leave([each for each in self._draft.rows.presigned_uploads.values() if each.project_id == project_id])

    def _leave(self, uploads: Sequence[PresignedUpload]) -> None:
        left = {each.id: replace(each, gone_at=each.expires_at + LATE) for each in uploads}
        self._draft.rows.presigned_uploads.update(left)


class MemoryPresignedUploadReads:
    """Announced uploads, to look at."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, upload_id: UUID) -> PresignedUpload | None:
        return self._database.rows.presigned_uploads.get(upload_id)

    async def gone(self, *, limit: int) -> Sequence[PresignedUpload]:
        now = self._database.clock.now()
        gone = [each for each in self._database.rows.presigned_uploads.values() if each.gone_at <= now]
        return sorted(gone, key=lambda upload: (upload.gone_at, upload.id))[:limit]

    async def completed(self, upload_ids: Collection[UUID]) -> frozenset[UUID]:
        kept = self._database.rows.presigned_uploads
        return frozenset(each for each in upload_ids if each in kept and kept[each].done)
