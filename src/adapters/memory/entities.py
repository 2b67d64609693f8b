"""Entities in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from adapters.memory.paging import slice_of
from adapters.memory.state import Draft, MemoryDatabase, Rows
from application.ports.entities import EntityQuery, EntityVersion, EntityView, Twin
from domain.errors import AlreadyThere, ParentMissing
from domain.library import Entity, EntityMissing
from domain.pages import Page, PageRequest


def _as_kept(rows: Rows, entity: Entity) -> Entity:
    """Without its file, when that is gone."""
    return entity if entity.file_id in rows.files else replace(entity, file_id=None)


def _view(rows: Rows, entity: Entity) -> EntityView:
    file = rows.files.get(entity.file_id) if entity.file_id else None
    return EntityView(_as_kept(rows, entity), replace(file, variants=()) if file else None)


class MemoryEntities:
    """Entities, inside a unit of work."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def add(self, entity: Entity) -> Entity:
        rows = self._draft.rows
        rows.last_entity += 1
        kept = replace(entity, id=rows.last_entity)
        self._keep(kept)
        return kept

    async def get(self, entity_id: int) -> Entity | None:
        rows = self._draft.rows
        entity = rows.entities.get(entity_id)
        return _as_kept(rows, entity) if entity else None

    async def save(self, entity: Entity) -> None:
        if entity.id not in self._draft.rows.entities:
            self._draft.refuse(EntityMissing("the entity is gone"))
        self._keep(entity)

    async def remove(self, entity_ids: Collection[int]) -> None:
        rows, gone = self._draft.rows, set(entity_ids)
        rows.entities = {each.id: each for each in rows.entities.values() if each.id not in gone}
        if any(each.parent_id in gone for each in rows.entities.values()):
            self._draft.refuse(ParentMissing("something lies in it"))
        rows.entity_versions = {key: each for key, each in rows.entity_versions.items() if each.id not in gone}

    def _keep(self, entity: Entity) -> None:
        rows = self._draft.rows
        if entity.file_id is not None and entity.file_id not in rows.files:
            self._draft.refuse(ParentMissing("the file is gone"))
        if entity.parent_id is not None and entity.parent_id not in rows.entities:
            self._draft.refuse(ParentMissing("the collection is gone"))
        if any((each.id, each.version) == (entity.id, entity.version) for each in rows.entity_versions.values()):
            self._draft.refuse(AlreadyThere("the entity had this version already"))
        rows.last_change += 1
        rows.entities[entity.id] = rows.entity_versions[rows.last_change] = entity


class MemoryEntityFacts:
    """What a unit of work must know about entities."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def below(self, entity_id: int) -> Sequence[int]:
        entities = self._draft.rows.entities
        levels = [[entity_id] if entity_id in entities else []]
        while levels[-1]:
            levels.append(sorted(each.id for each in entities.values() if each.parent_id in levels[-1]))
        return [each for level in reversed(levels) for each in level]

    async def above(self, entity_id: int) -> Sequence[int]:
        entities, line = self._draft.rows.entities, list[int]()
        at = entities.get(entity_id)
        while at is not None:
            line.append(at.id)
            at = entities.get(at.parent_id) if at.parent_id else None
        return line

    async def having(self, md5: str) -> Twin | None:
        rows = self._draft.rows
        states = (rows.entity_versions[number] for number in sorted(rows.entity_versions, reverse=True))
        found = next((_as_kept(rows, each) for each in states if each.md5 == md5), None)
        return Twin(found.id, found.file_id) if found else None

    async def files_of(self, entity_ids: Collection[int]) -> Sequence[UUID]:
        rows = self._draft.rows
        states = (each for each in rows.entity_versions.values() if each.id in entity_ids)
        return sorted({each.file_id for each in states if each.file_id in rows.files and each.file_id})


class MemoryEntityReads:
    """Entities, to look at."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, entity_id: int, version: int | None = None) -> EntityView | None:
        entity = self._states(version).get(entity_id)
        return _view(self._database.rows, entity) if entity else None

    async def page(self, query: EntityQuery, request: PageRequest) -> Page[EntityView]:
        states = self._states(query.version)
        views = [_view(self._database.rows, states[number]) for number in sorted(states)]
        return slice_of([view for view in views if _wanted(view, query)], request)

    async def versions(self, entity_id: int) -> Sequence[EntityVersion]:
        rows = self._database.rows
        states = sorted((number, each) for number, each in rows.entity_versions.items() if each.id == entity_id)
        return [EntityVersion(_view(rows, each), number) for number, each in states]

    def _states(self, version: int | None) -> dict[int, Entity]:
        rows = self._database.rows
        if version is None:
            return rows.entities
        return {each.id: each for each in rows.entity_versions.values() if each.version == version}


def _wanted(view: EntityView, query: EntityQuery) -> bool:
    entity, file, wanted = view.entity, view.file, query.filter
    text = f"{entity.label}\n{entity.description or ''}".casefold()
    asked = [
        (wanted.kind, file and file.kind),
        (wanted.mime_type, file and file.mime_type),
        (wanted.parent_id, entity.parent_id),
        (wanted.is_collection, entity.is_collection),
        (wanted.is_deleted, entity.is_deleted),
    ]
    fits = all(value is None or value == there for value, there in asked)
    return fits and (not wanted.at_the_top or entity.parent_id is None) and (query.text or "").casefold() in text
