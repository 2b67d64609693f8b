"""What a unit of work must know about the files of a project, in SQL."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import BigInteger, Column, ColumnElement, cast, func, literal_column, select

from adapters.sql.dbtime import After, Later
from adapters.sql.held_variants import HELD_VARIANTS
from adapters.sql.rows import FILE_COLUMNS, whole_file_of
from adapters.sql.tables import files, former_keys, presigned_uploads, variants
from adapters.sql.transaction import Transaction
from domain.inbox import LATE
from domain.media import FileStatus, MediaFile


class SqlFileFacts:
    """What a unit of work must know about the files of a project."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def reserved(self, project_id: UUID, *, but: UUID | None = None) -> int:
        # The status stands in the statement as such: else the index of pending files would not be used.
        pending = (files.c.project_id == project_id, files.c.status == literal_column("'pending'"))
        c = presigned_uploads.c
        announced = [c.project_id == project_id, c.completed_at.is_(None), c.file_id.is_(None), c.gone_at > After()]
        announced.append(c.gone_at > Later(c.expires_at, LATE))
        if but is not None:
            announced.append(c.id != but)
        query = select(_sum(files.c.size, *pending) + _sum(c.size, *announced))
        return int((await self._transaction.execute(query)).scalar_one())

    async def same_bytes(self, project_id: UUID, sha256: str) -> Sequence[MediaFile]:
        same = (files.c.project_id == project_id, files.c.sha256 == sha256, files.c.status != FileStatus.PENDING)
        query = select(*FILE_COLUMNS, HELD_VARIANTS).where(*same).order_by(files.c.created_at, files.c.id)
        return [whole_file_of(row) for row in await self._transaction.execute(query)]

    async def once_named(self, file_id: UUID) -> frozenset[str]:
        current = select(variants.c.name).where(variants.c.file_id == file_id)
        former = select(former_keys.c.name).where(former_keys.c.file_id == file_id)
        return frozenset((await self._transaction.execute(current.union(former))).scalars())

    async def former_keys(self, file_id: UUID) -> frozenset[str]:
        query = select(former_keys.c.key).where(former_keys.c.file_id == file_id)
        return frozenset((await self._transaction.execute(query)).scalars())


def _sum(size: Column[int], *of: ColumnElement[bool]) -> ColumnElement[int]:
    return select(cast(func.coalesce(func.sum(size), 0), BigInteger)).where(*of).scalar_subquery()
