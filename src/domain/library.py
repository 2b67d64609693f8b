"""The library: entities (a picture, a recording, or a collection of them) and every state they were ever in."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypedDict
from uuid import UUID

from domain.errors import Conflict, FieldError, Invalid, Malformed, NotFound, UnsupportedMedia
from domain.media import MediaFile
from domain.media_kinds import MediaKind

LIBRARY = "library"
NOBODY = UUID(int=0)
MEDIA = frozenset({MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO})


class EntityMissing(NotFound):
    """No such entity."""

    code = "entity_not_found"


class EntityVersionMissing(NotFound):
    """The entity is there, and never had this version."""

    code = "entity_version_not_found"


class EntityFileMissing(NotFound):
    """The entity has no file: a collection never has one."""

    code = "entity_file_not_found"


class WrongParent(Invalid):
    """Nothing can lie there."""

    code = "wrong_parent"

    def __init__(self, told: str) -> None:
        super().__init__(f"parent_id: {told}", errors=[FieldError("parent_id", told)])


class ImageMissing(Malformed):
    """An entity that is no collection has a file."""

    code = "image_missing"


class ImageUnwanted(Malformed):
    """A collection has no file of its own."""

    code = "image_unwanted"


class CollectionFixed(Malformed):
    """What was made a collection stays one, and nothing else becomes one."""

    code = "is_collection_immutable"


class CollectionNotEmpty(Conflict):
    """Something lies in it."""

    code = "collection_not_empty"


class DuplicateMedia(Conflict):
    """Another entity has, or had, the same bytes."""

    code = "duplicate_media"

    def __init__(self, entity_id: int, md5: str) -> None:
        told = f"entity {entity_id} has these bytes already (md5 {md5})"
        super().__init__(told, errors=[FieldError("image", told)])


class MediaUnderWay(Conflict):
    """The same bytes are coming or going at this moment."""

    code = "media_under_way"


class NotMedia(UnsupportedMedia):
    """Neither a picture nor a recording."""

    code = "not_media"


class EntityChanges(TypedDict, total=False):
    """What is to be different."""

    is_collection: bool
    label: str
    description: str | None
    parent_id: int | None
    is_deleted: bool
    file_id: UUID
    md5: str


@dataclass(frozen=True, slots=True)
class Entity:
    """One state of an entity. Before it is kept for the first time it has no id (0)."""

    label: str
    added_at: datetime
    updated_at: datetime
    id: int = 0
    is_collection: bool = False
    description: str | None = None
    parent_id: int | None = None
    is_deleted: bool = False
    version: int = 1
    file_id: UUID | None = None
    md5: str | None = None
    added_by: str | None = None
    updated_by: str | None = None

    def changed(self, changes: EntityChanges, by: str | None, now: datetime) -> "Entity":
        """Its next version, or itself when that would be no different."""
        if changes.get("is_collection", self.is_collection) is not self.is_collection:
            raise CollectionFixed("is_collection is settled when an entity is made, and cannot be changed")
        wanted = replace(self, **changes)
        if wanted == self:
            return self
        return replace(wanted, version=self.version + 1, updated_by=by, updated_at=now)


def check_media(kind: MediaKind, mime_type: str, pictures: frozenset[str]) -> None:
    """Refuse what cannot be looked at, watched or heard."""
    if kind not in MEDIA or (kind is MediaKind.IMAGE and mime_type not in pictures):
        taken = ", ".join(sorted(pictures))
        raise NotMedia(f"these bytes are {mime_type}; an entity is a video, a sound or a picture ({taken})")


def taken_at(file: MediaFile) -> datetime | None:
    """When a picture or recording was made, as it says itself; where it does not know its offset, that is none."""
    told = file.metadata.get("taken_at")
    try:
        moment = datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC) if moment else None
