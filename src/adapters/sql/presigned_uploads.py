"""Announced uploads in SQL."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, insert, select, update

from adapters.sql.database import SqlDatabase
from adapters.sql.dbtime import After, Later
from adapters.sql.rows import fields_of
from adapters.sql.tables import presigned_uploads, projects
from adapters.sql.transaction import Transaction
from domain.inbox import LATE, PresignedUpload, UploadMissing
from domain.media import FileStatus
from domain.projects import ProjectMissing


class SqlPresignedUploads:
    """Announced uploads, inside a unit of work."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, upload: PresignedUpload) -> None:
        # No foreign key asks for the project, since uploads outlive it; held, it cannot go meanwhile.
        project = select(projects.c.id).where(projects.c.id == upload.project_id)
        held = project.with_for_update(read=True, key_share=True)
        if (await self._transaction.execute(held)).one_or_none() is None:
            self._transaction.refuse(ProjectMissing("the project is gone"))
        await self._transaction.execute(insert(presigned_uploads).values(fields_of(upload)))

    async def get(self, upload_id: UUID) -> PresignedUpload | None:
        query = select(presigned_uploads).where(presigned_uploads.c.id == upload_id).with_for_update(key_share=True)
        row = (await self._transaction.execute(query)).one_or_none()
        return _upload_of(row) if row else None

    async def save(self, upload: PresignedUpload) -> None:
        changes = fields_of(upload, leave=["id", "owner_id", "project_id"])
        saved = await self._transaction.execute(
            update(presigned_uploads).where(presigned_uploads.c.id == upload.id).values(changes)
        )
        if not saved.rowcount:
            self._transaction.refuse(UploadMissing("the upload is gone"))

    async def remove(self, upload_id: UUID) -> bool:
        gone = await self._transaction.execute(delete(presigned_uploads).where(presigned_uploads.c.id == upload_id))
        return gone.rowcount == 1

    async def leave_owned(self, owner_id: UUID) -> None:
        await self._leave(presigned_uploads.c.owner_id == owner_id, presigned_uploads.c.completed_at.is_(None))

    async def leave(self, project_id: UUID) -> None:
        await self._leave(presigned_uploads.c.project_id == project_id)

    async def _leave(self, *which: ColumnElement[bool]) -> None:
        soon = Later(presigned_uploads.c.expires_at, LATE)
        await self._transaction.execute(update(presigned_uploads).where(*which).values(gone_at=soon))


class SqlPresignedUploadReads:
    """Announced uploads, to look at."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def get(self, upload_id: UUID) -> PresignedUpload | None:
        query = select(presigned_uploads).where(presigned_uploads.c.id == upload_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _upload_of(row) if row else None

    async def gone(self, *, limit: int) -> Sequence[PresignedUpload]:
        gone_at = presigned_uploads.c.gone_at
        query = select(presigned_uploads).where(gone_at <= After()).order_by(gone_at, presigned_uploads.c.id)
        async with self._database.reading() as connection:
            return [_upload_of(row) for row in await connection.execute(query.limit(limit))]

    async def completed(self, upload_ids: Collection[UUID]) -> frozenset[UUID]:
        c = presigned_uploads.c
        query = select(c.id).where(c.id.in_(list(upload_ids)), c.completed_at.is_not(None))
        async with self._database.reading() as connection:
            return frozenset((await connection.execute(query)).scalars())


def _upload_of(row: Row[Any]) -> PresignedUpload:
    status = None if row.status is None else FileStatus(row.status)
    return PresignedUpload(**{**row._mapping, "status": status})
