"""An entity is made."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from application.library.check_parent import check_parent
from application.library.keep_media import KeepMedia, Writing
from application.library.open_library import OpenLibrary
from application.ports.clock import Clock
from application.ports.unit_of_work import Store, UnitOfWork
from application.uploads.incoming import Upload
from domain.access import EVERYTHING
from domain.library import Entity, ImageMissing, ImageUnwanted


@dataclass(frozen=True, slots=True)
class NewEntity:
    """What is wanted."""

    label: str
    description: str | None = None
    is_collection: bool = False
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class CreateEntity:
    """Make an entity of a file, or a collection."""

    store: Store
    open_library: OpenLibrary
    keep_media: KeepMedia
    clock: Clock

    async def __call__(self, by: str | None, told: Callable[[], NewEntity], image: Upload | None) -> Entity:
        """`told` is asked once the bytes of the image have all come in, since what is wanted may stand behind them."""
        library = await self.open_library()
        if image is not None:
            return await self.keep_media(library, image, lambda: self._with_image(by, told()))
        wanted = told()
        if not wanted.is_collection:
            raise ImageMissing("send the file as the part 'image' of the form; only a collection has none")
        async with self.store.begin() as unit:
            await unit.projects.get(EVERYTHING, library.id)
            entity = await self._added(unit, by, wanted)
            await unit.commit()
        return entity

    def _with_image(self, by: str | None, wanted: NewEntity) -> Writing:
        if wanted.is_collection:
            raise ImageUnwanted("a collection has no image; send none, or leave is_collection out")

        async def write(unit: UnitOfWork, file_id: UUID, md5: str) -> Entity:
            return await self._added(unit, by, wanted, file_id, md5)

        return Writing(lambda unit: check_parent(unit, wanted.parent_id), write)

    async def _added(
        self, unit: UnitOfWork, by: str | None, wanted: NewEntity, file_id: UUID | None = None, md5: str | None = None
    ) -> Entity:
        await check_parent(unit, wanted.parent_id)
        now = self.clock.now()
        entity = Entity(wanted.label, now, now, file_id=file_id, md5=md5, added_by=by, updated_by=by)
        return await unit.entities.add(
            replace(
                entity,
                description=wanted.description,
                is_collection=wanted.is_collection,
                parent_id=wanted.parent_id,
            )
        )
