"""Files in SQL, in batches."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Executable, Select, literal_column, select

from adapters.sql.database import SqlDatabase
from adapters.sql.dbtime import After
from adapters.sql.held_variants import HELD_VARIANTS
from adapters.sql.rows import FILE_COLUMNS, whole_file_of
from adapters.sql.tables import files, former_keys, variants
from domain.media import MediaFile
from domain.object_keys import APART

KEYS_AT_ONCE = 5_000
"""Each stands in the statement twice, and no database takes more than some 32,000 values."""


class SqlFileBatches:
    """Files in batches, for work that goes through many."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def of_project(self, project_id: UUID, *, after: UUID | None, limit: int) -> Sequence[MediaFile]:
        query = select(*FILE_COLUMNS, HELD_VARIANTS).where(files.c.project_id == project_id)
        if after is not None:
            query = query.where(files.c.id > after)
        return await self._those(query.order_by(files.c.id).limit(limit))

    async def every(self, *, after: UUID | None, limit: int) -> Sequence[MediaFile]:
        query = select(*FILE_COLUMNS, HELD_VARIANTS)
        if after is not None:
            query = query.where(files.c.id > after)
        return await self._those(query.order_by(files.c.id).limit(limit))

    async def abandoned(self, *, for_longer_than: timedelta, limit: int) -> Sequence[MediaFile]:
        # The status stands in the statement as such: else the index of pending files would not be used.
        pending = files.c.status == literal_column("'pending'")
        query = select(*FILE_COLUMNS, HELD_VARIANTS).where(pending, files.c.created_at <= After(-for_longer_than))
        return await self._those(query.order_by(files.c.created_at, files.c.id).limit(limit))

    async def known(self, keys: Collection[str]) -> frozenset[str]:
        def holding(some: Sequence[str]) -> CompoundSelect[tuple[str]]:
            originals = select(files.c.key).where(files.c.key.in_(some), files.c.original_deleted_at.is_(None))
            return originals.union_all(select(variants.c.key).where(variants.c.key.in_(some)))

        return await self._of(keys, holding)

    async def lying_open(self, project_id: UUID) -> bool:
        lies_apart = files.c.key.startswith(APART, autoescape=True)
        query = select(files.c.id).where(files.c.project_id == project_id, ~lies_apart).limit(1)
        async with self._database.reading() as connection:
            return (await connection.execute(query)).first() is not None

    async def given_up(self, keys: Collection[str], *, since: datetime) -> frozenset[str]:
        changed = select(former_keys.c.key).join(files, files.c.id == former_keys.c.file_id)
        lately = changed.where(files.c.updated_at > since)
        return await self._of(keys, lambda some: lately.where(former_keys.c.key.in_(some)))

    async def _of(self, keys: Collection[str], query: Callable[[Sequence[str]], Executable]) -> frozenset[str]:
        asked, found = list(keys), set[str]()
        async with self._database.reading() as connection:
            for first in range(0, len(asked), KEYS_AT_ONCE):
                some = asked[first : first + KEYS_AT_ONCE]
                found.update((await connection.execute(query(some))).scalars())
        return frozenset(found)

    async def _those(self, query: Select[Any]) -> Sequence[MediaFile]:
        async with self._database.reading() as connection:
            return [whole_file_of(row) for row in await connection.execute(query)]
