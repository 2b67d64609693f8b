"""An entity gets its next version."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from application.library.check_parent import check_parent
from application.library.keep_media import KeepMedia, Writing
from application.library.open_library import OpenLibrary
from application.ports.clock import Clock
from application.ports.entities import EntityReads
from application.ports.unit_of_work import Store, UnitOfWork
from application.uploads.incoming import Upload
from domain.access import EVERYTHING
from domain.library import Entity, EntityChanges, EntityMissing, ImageUnwanted


@dataclass(frozen=True, slots=True)
class ChangeEntity:
    """Change what is said of an entity, where it lies, whether it counts as deleted, or its file."""

    store: Store
    entities: EntityReads
    open_library: OpenLibrary
    keep_media: KeepMedia
    clock: Clock

    async def __call__(
        self, by: str | None, entity_id: int, told: Callable[[], EntityChanges], image: Upload | None = None
    ) -> Entity:
        """The newest version, which is the old one when nothing is different.

        `told` is asked once the bytes of the image have all come in.
        """
        there = await self.entities.get(entity_id)
        if there is None:
            raise EntityMissing(f"there is no entity {entity_id}")
        library = await self.open_library()
        if image is not None:
            if there.entity.is_collection:
                raise ImageUnwanted("a collection has no image")
            return await self.keep_media(
                library, image, lambda: self._with_image(by, entity_id, told()), replacing=entity_id
            )
        changes = told()
        async with self.store.begin() as unit:
            await unit.projects.get(EVERYTHING, library.id)
            entity = await self._changed(unit, by, entity_id, changes)
            await unit.commit()
        return entity

    def _with_image(self, by: str | None, entity_id: int, changes: EntityChanges) -> Writing:
        async def write(unit: UnitOfWork, file_id: UUID, md5: str) -> Entity:
            replaced: EntityChanges = {**changes, "file_id": file_id, "md5": md5}
            return await self._changed(unit, by, entity_id, replaced)

        return Writing(lambda unit: self._next(unit, by, entity_id, changes), write)

    async def _changed(self, unit: UnitOfWork, by: str | None, entity_id: int, changes: EntityChanges) -> Entity:
        entity, changed = await self._next(unit, by, entity_id, changes)
        if changed is not entity:
            await unit.entities.save(changed)
        return changed

    async def _next(
        self, unit: UnitOfWork, by: str | None, entity_id: int, changes: EntityChanges
    ) -> tuple[Entity, Entity]:
        """The entity as it is, and as it is to be."""
        entity = await unit.entities.get(entity_id)
        if entity is None:
            raise EntityMissing(f"there is no entity {entity_id}")
        changed = entity.changed(changes, by, self.clock.now())
        if changed.parent_id != entity.parent_id:
            await check_parent(unit, changed.parent_id, entity_id)
        return entity, changed
