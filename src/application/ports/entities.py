"""Port: the library's entities and every version of them.

Whoever changes them in a unit of work holds the library's project first: there is one change at a time.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from domain.entity_filters import EntityFilter
from domain.library import Entity
from domain.media import MediaFile
from domain.pages import Page, PageRequest


@dataclass(frozen=True, slots=True)
class EntityView:
    """An entity in one of its states, and its file of that time, where it has one; without the file's variants."""

    entity: Entity
    file: MediaFile | None


@dataclass(frozen=True, slots=True)
class EntityVersion:
    """One state of an entity, and the number of the change that brought it about: later changes have larger ones."""

    view: EntityView
    transaction_id: int


@dataclass(frozen=True, slots=True)
class Twin:
    """An entity that has, or once had, certain bytes; `file_id` is None when the file itself is gone."""

    entity_id: int
    file_id: UUID | None


@dataclass(frozen=True, slots=True)
class EntityQuery:
    """Which entities are wanted: as they are, or, with `version`, those that ever had it, as they were then.

    `text` is looked for in labels and descriptions, letter case ignored, taken literally.
    """

    version: int | None = None
    text: str | None = None
    filter: EntityFilter = field(default_factory=EntityFilter)


class Entities(Protocol):
    """Entities, inside a unit of work. One whose file is removed stays, without it."""

    async def add(self, entity: Entity) -> Entity:
        """Keep a new entity as its first version; given back with its id, which no other one ever had."""
        ...

    async def get(self, entity_id: int) -> Entity | None:
        """The entity as it is, or nothing."""
        ...

    async def save(self, entity: Entity) -> None:
        """Make this the newest version; `EntityMissing` when it is gone."""
        ...

    async def remove(self, entity_ids: Collection[int]) -> None:
        """Forget entities with all their versions; `ParentMissing` while others lie in them."""
        ...


class EntityFacts(Protocol):
    """What a unit of work must know about entities before it changes one."""

    async def below(self, entity_id: int) -> Sequence[int]:
        """The entity and all that lies in it however deep, the deepest first, so itself last; or nothing."""
        ...

    async def above(self, entity_id: int) -> Sequence[int]:
        """The entity and the collections it lies in, itself first; or nothing."""
        ...

    async def having(self, md5: str) -> Twin | None:
        """The entity that has these bytes in any of its versions."""
        ...

    async def files_of(self, entity_ids: Collection[int]) -> Sequence[UUID]:
        """The files of all their versions, each once, by id."""
        ...


class EntityReads(Protocol):
    """Entities, to look at."""

    async def get(self, entity_id: int, version: int | None = None) -> EntityView | None:
        """The entity as it is or as it was, or nothing."""
        ...

    async def page(self, query: EntityQuery, request: PageRequest) -> Page[EntityView]:
        """Entities by id."""
        ...

    async def versions(self, entity_id: int) -> Sequence[EntityVersion]:
        """All states of an entity, oldest first; none when it is not there."""
        ...
