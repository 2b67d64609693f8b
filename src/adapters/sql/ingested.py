"""What was brought in, in SQL."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, func, select, update

from adapters.sql.database import SqlDatabase
from adapters.sql.inserting import insert_into
from adapters.sql.rows import fields_of
from adapters.sql.tables import ingested
from adapters.sql.transaction import Transaction
from application.ports.ingested import IngestedObject, IngestStatus, ObjectVersion


class SqlIngested:
    """Objects brought in, inside a unit of work."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def announce(self, objects: Sequence[IngestedObject]) -> Sequence[IngestedObject]:
        # Always in the same order, so that no two units wait for each other's rows; each once, as one INSERT wants it.
        unique = {each.version.id: each for each in objects}
        if not unique:
            return []
        rows = [_row(unique[id_]) for id_ in sorted(unique)]
        adding = insert_into(ingested, self._transaction.dialect).values(rows).on_conflict_do_nothing()
        added = (await self._transaction.execute(adding.returning(ingested.c.id))).scalars().all()
        fresh = frozenset(added)
        return [each for id_, each in unique.items() if id_ in fresh]

    async def get(self, version: ObjectVersion) -> IngestedObject | None:
        query = select(ingested).where(ingested.c.id == version.id).with_for_update(key_share=True)
        row = (await self._transaction.execute(query)).one_or_none()
        return _object(row) if row else None

    async def settle(
        self,
        version: ObjectVersion,
        status: IngestStatus,
        *,
        file_id: UUID | None = None,
        reason: str | None = None,
    ) -> None:
        changes = {"status": status, "file_id": file_id, "reason": reason}
        await self._transaction.execute(update(ingested).where(ingested.c.id == version.id).values(changes))


class SqlIngestedReads:
    """Objects brought in, to look at."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def keys_of(self, file_ids: Collection[UUID]) -> Mapping[UUID, str]:
        if not file_ids:
            return {}
        one, later = ingested.alias("one"), ingested.alias("later")
        same = (later.c.project_id == one.c.project_id) & (later.c.source == one.c.source) & (later.c.key == one.c.key)
        superseded = exists().where(same, later.c.seen_at > one.c.seen_at, later.c.file_id.is_not(None))
        query = select(one.c.file_id, one.c.key).where(one.c.file_id.in_(file_ids), ~superseded)
        async with self._database.reading() as connection:
            return {row.file_id: row.key for row in await connection.execute(query)}

    async def newest(self, project_id: UUID, source: str, key: str) -> IngestedObject | None:
        query = select(ingested).where(_from(project_id, source), ingested.c.key == key)
        async with self._database.reading() as connection:
            row = (await connection.execute(query.order_by(ingested.c.seen_at.desc()).limit(1))).one_or_none()
        return _object(row) if row else None

    async def counts(self, project_id: UUID, source: str) -> Mapping[IngestStatus, int]:
        query = select(ingested.c.status, func.count()).where(_from(project_id, source)).group_by(ingested.c.status)
        async with self._database.reading() as connection:
            found: dict[str, int] = {row[0]: row[1] for row in (await connection.execute(query)).all()}
        return {status: found.get(status, 0) for status in IngestStatus}

    async def failed(self, project_id: UUID, source: str, limit: int) -> Sequence[IngestedObject]:
        bad = _from(project_id, source) & (ingested.c.status == IngestStatus.FAILED)
        query = select(ingested).where(bad).order_by(ingested.c.seen_at.desc(), ingested.c.id).limit(limit)
        async with self._database.reading() as connection:
            return [_object(row) for row in await connection.execute(query)]


def _from(project_id: UUID, source: str) -> Any:
    return (ingested.c.project_id == project_id) & (ingested.c.source == source)


def _row(thing: IngestedObject) -> dict[str, Any]:
    return {"id": thing.version.id, **fields_of(thing.version), **fields_of(thing, leave=["version"])}


def _object(row: Row[Any]) -> IngestedObject:
    version = ObjectVersion(row.project_id, row.source, row.key, row.etag)
    return IngestedObject(version, row.seen_at, row.size, IngestStatus(row.status), row.reason, row.file_id)
