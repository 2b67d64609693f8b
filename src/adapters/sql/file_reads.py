"""Files with their variants, looked at in SQL."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.database import SqlDatabase
from adapters.sql.paging import slice_of
from adapters.sql.rows import file_of, folded, variant_of
from adapters.sql.scopes import inside
from adapters.sql.tables import files, projects, variants
from application.ports.files import FileQuery
from domain.access import EVERYTHING, Scope
from domain.media import FileStatus, MediaFile, Variant
from domain.pages import Page, PageRequest


class SqlFileReads:
    """Files, to look at."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def get(self, scope: Scope, file_id: UUID) -> MediaFile | None:
        async with self._database.reading() as connection:
            return await _single(connection, _visible(scope).where(files.c.id == file_id))

    async def page(self, scope: Scope, query: FileQuery, request: PageRequest) -> Page[MediaFile]:
        async with self._database.reading() as connection:
            rows, total = await slice_of(connection, _asked(_visible(scope), query), files, request)
            return Page(await _with_variants(connection, rows), total, request)

    async def holding(self, key: str) -> MediaFile | None:
        # Two lookups by index; joined by OR they would be a scan.
        of_variant = select(variants.c.file_id).where(variants.c.key == key)
        of_original = select(files.c.id).where(files.c.key == key)
        owner = of_original.union_all(of_variant).limit(1).scalar_subquery()
        async with self._database.reading() as connection:
            return await _single(connection, _visible(EVERYTHING).where(files.c.id == owner))


def _visible(scope: Scope) -> Select[Any]:
    return (
        select(files)
        .join(projects, projects.c.id == files.c.project_id)
        .where(files.c.status != FileStatus.PENDING, projects.c.deleted_at.is_(None), inside(scope))
    )


def _asked(select_files: Select[Any], query: FileQuery) -> Select[Any]:
    if query.project_id is not None:
        select_files = select_files.where(files.c.project_id == query.project_id)
    if query.kind is not None:
        select_files = select_files.where(files.c.kind == query.kind)
    if query.status is not None:
        select_files = select_files.where(files.c.status == query.status)
    if query.text:
        select_files = select_files.where(files.c.filename_folded.contains(folded(query.text), autoescape=True))
    return select_files


async def _single(connection: AsyncConnection, query: Select[Any]) -> MediaFile | None:
    found = await _with_variants(connection, (await connection.execute(query)).all())
    return found[0] if found else None


async def _with_variants(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[MediaFile]:
    if not rows:
        return []
    query = select(variants).where(variants.c.file_id.in_([row.id for row in rows])).order_by(variants.c.name)
    by_file: defaultdict[UUID, list[Variant]] = defaultdict(list)
    for variant in map(variant_of, await connection.execute(query)):
        by_file[variant.file_id].append(variant)
    return [file_of(row, by_file[row.id]) for row in rows]
