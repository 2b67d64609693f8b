"""Entities in SQL."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, literal, select, update

from adapters.sql.database import SqlDatabase
from adapters.sql.rows import FILE_COLUMNS, fields_of, file_of, folded
from adapters.sql.tables import entities, entity_versions, files
from adapters.sql.transaction import Transaction
from application.ports.entities import EntityQuery, EntityVersion, EntityView, Twin
from domain.library import Entity, EntityMissing
from domain.pages import Page, PageRequest

_FIELDS = tuple(name for name in Entity.__slots__ if name != "id")
_NOW = (entities.c.id.label("entity_id"), *(entities.c[name].label(f"entity_{name}") for name in _FIELDS))
_THEN = (entity_versions.c.entity_id, *(entity_versions.c[name].label(f"entity_{name}") for name in _FIELDS))


def _row(entity: Entity) -> dict[str, Any]:
    text = folded(f"{entity.label}\n{entity.description or ''}")
    return {**fields_of(entity, leave=["id"]), "folded": text}


def _entity_of(row: Any) -> Entity:
    told = row._mapping
    return Entity(id=row.entity_id, **{name: told[f"entity_{name}"] for name in _FIELDS})


def _view_of(row: Any) -> EntityView:
    return EntityView(_entity_of(row), None if row[0] is None else file_of(row, ()))


class SqlEntities:
    """Entities, inside a unit of work."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, entity: Entity) -> Entity:
        adding = insert(entities).values(_row(entity)).returning(entities.c.id)
        entity_id = (await self._transaction.execute(adding)).scalar_one()
        await self._note(replace(entity, id=entity_id))
        return replace(entity, id=entity_id)

    async def get(self, entity_id: int) -> Entity | None:
        query = select(*_NOW).where(entities.c.id == entity_id).with_for_update(key_share=True)
        row = (await self._transaction.execute(query)).one_or_none()
        return _entity_of(row) if row else None

    async def save(self, entity: Entity) -> None:
        saved = await self._transaction.execute(update(entities).where(entities.c.id == entity.id).values(_row(entity)))
        if not saved.rowcount:
            self._transaction.refuse(EntityMissing("the entity is gone"))
        await self._note(entity)

    async def remove(self, entity_ids: Collection[int]) -> None:
        await self._transaction.execute(delete(entities).where(entities.c.id.in_(entity_ids)))

    async def _note(self, entity: Entity) -> None:
        await self._transaction.execute(insert(entity_versions).values(entity_id=entity.id, **_row(entity)))


class SqlEntityFacts:
    """What a unit of work must know about entities."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def below(self, entity_id: int) -> Sequence[int]:
        tree = select(entities.c.id, literal(0).label("depth")).where(entities.c.id == entity_id).cte(recursive=True)
        deeper = select(entities.c.id, tree.c.depth + 1).join(tree, entities.c.parent_id == tree.c.id)
        tree = tree.union_all(deeper)
        return await self._ids(select(tree.c.id).order_by(tree.c.depth.desc(), tree.c.id))

    async def above(self, entity_id: int) -> Sequence[int]:
        c = entities.c
        line = select(c.id, c.parent_id, literal(0).label("height")).where(c.id == entity_id).cte(recursive=True)
        higher = select(c.id, c.parent_id, line.c.height + 1).join(line, c.id == line.c.parent_id)
        line = line.union_all(higher)
        return await self._ids(select(line.c.id).order_by(line.c.height))

    async def having(self, md5: str) -> Twin | None:
        c = entity_versions.c
        query = select(c.entity_id, c.file_id).where(c.md5 == md5).order_by(c.transaction_id.desc()).limit(1)
        row = (await self._transaction.execute(query)).one_or_none()
        return Twin(row.entity_id, row.file_id) if row else None

    async def files_of(self, entity_ids: Collection[int]) -> Sequence[UUID]:
        c = entity_versions.c
        query = select(c.file_id).where(c.entity_id.in_(entity_ids), c.file_id.is_not(None))
        return await self._ids(query.distinct().order_by(c.file_id))

    async def _ids(self, query: Any) -> Sequence[Any]:
        return (await self._transaction.execute(query)).scalars().all()


class SqlEntityReads:
    """Entities, to look at."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def get(self, entity_id: int, version: int | None = None) -> EntityView | None:
        id_column = entities.c.id if version is None else entity_versions.c.entity_id
        query = _states(version).where(id_column == entity_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _view_of(row) if row else None

    async def page(self, query: EntityQuery, request: PageRequest) -> Page[EntityView]:
        wanted = _states(query.version).where(*_conditions(query))
        counting = wanted.with_only_columns(func.count(), maintain_column_froms=True)
        id_column = entities.c.id if query.version is None else entity_versions.c.entity_id
        some = wanted.order_by(id_column).limit(request.size).offset(request.offset)
        async with self._database.reading() as connection:
            total = (await connection.execute(counting)).scalar_one()
            rows = (await connection.execute(some)).all()
        return Page([_view_of(row) for row in rows], total, request)

    async def versions(self, entity_id: int) -> Sequence[EntityVersion]:
        c = entity_versions.c
        joined = entity_versions.outerjoin(files, files.c.id == c.file_id)
        query = select(*FILE_COLUMNS, *_THEN, c.transaction_id).select_from(joined).where(c.entity_id == entity_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query.order_by(c.version))).all()
        return [EntityVersion(_view_of(row), row.transaction_id) for row in rows]


def _states(version: int | None) -> Any:
    """Entities as they are, or those that had a version as they were in it, each with its file."""
    if version is None:
        joined = entities.outerjoin(files, files.c.id == entities.c.file_id)
        return select(*FILE_COLUMNS, *_NOW).select_from(joined)
    joined = entity_versions.outerjoin(files, files.c.id == entity_versions.c.file_id)
    return select(*FILE_COLUMNS, *_THEN).select_from(joined).where(entity_versions.c.version == version)


def _conditions(query: EntityQuery) -> list[ColumnElement[bool]]:
    c, wanted = (entities if query.version is None else entity_versions).c, query.filter
    asked: list[tuple[object, ColumnElement[bool]]] = [
        (wanted.kind, files.c.kind == wanted.kind),
        (wanted.mime_type, files.c.mime_type == wanted.mime_type),
        (wanted.parent_id, c.parent_id == wanted.parent_id),
        (wanted.at_the_top or None, c.parent_id.is_(None)),
        (wanted.is_collection, c.is_collection.is_(bool(wanted.is_collection))),
        (wanted.is_deleted, c.is_deleted.is_(bool(wanted.is_deleted))),
        (query.text or None, c.folded.contains(folded(query.text or ""), autoescape=True)),
    ]
    return [condition for value, condition in asked if value is not None]
