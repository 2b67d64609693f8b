"""The bytes of an entity."""

from dataclasses import dataclass

from application.files.open_content import Content, OriginalGone, shown_original
from application.ports.entities import EntityReads, EntityView
from application.ports.files import FileReads
from domain.access import EVERYTHING
from domain.library import EntityFileMissing, EntityMissing, EntityVersionMissing


@dataclass(frozen=True, slots=True)
class OpenEntityFile:
    """Find the blob of an entity, or of what it was once."""

    entities: EntityReads
    files: FileReads

    async def __call__(self, entity_id: int, version: int | None, *, stranger: bool) -> Content:
        """Of the newest version unless another is named; a `stranger` gets them without places."""
        view = await find_entity(self.entities, entity_id, version)
        if view.file is None:
            raise EntityFileMissing(f"entity {entity_id} has no file")
        if view.file.original_deleted_at is not None:
            raise OriginalGone("the original of this file is not kept")
        if stranger:
            shown = await self.files.get(EVERYTHING, view.file.id)
            if shown is None:
                raise EntityFileMissing(f"entity {entity_id} has no file")
            return shown_original(shown)
        file = view.file
        return Content(file.key, file.mime_type, file.filename, file.sha256 or str(file.id), public=False)


async def find_entity(entities: EntityReads, entity_id: int, version: int | None) -> EntityView:
    """The entity, or the error that says what of it is not there."""
    view = await entities.get(entity_id, version)
    if view is None and version is not None and await entities.get(entity_id) is not None:
        raise EntityVersionMissing(f"entity {entity_id} has no version {version}")
    if view is None:
        raise EntityMissing(f"there is no entity {entity_id}")
    return view
