"""The library's entities, as clients ask for them and send them."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError

from application.library.create_entity import NewEntity
from application.ports.entities import EntityQuery
from domain.entity_filters import LARGEST_ID, EntityFilter, read_filter
from domain.errors import Invalid
from domain.library import EntityChanges
from domain.pages import PageRequest
from entrypoints.http.json_body import field_errors
from entrypoints.http.schemas.pages import MOST_PAGES

LARGEST_VERSION = 2**31 - 1
T = TypeVar("T", bound=BaseModel)


def _unless_null(value: Any) -> Any:
    """What a form says when it means that there is nothing."""
    return None if isinstance(value, str) and value.strip().lower() in {"", "null", "none"} else value


Label = Annotated[str, Field(min_length=1, max_length=500)]
Description = Annotated[str, Field(max_length=20_000)]
EntityId = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Version = Annotated[int, Field(ge=1, le=LARGEST_VERSION)]
FormParent = Annotated[EntityId | None, BeforeValidator(_unless_null)]


class EntityPath(BaseModel):
    """The address of an entity."""

    entity_id: EntityId


class VersionQuery(BaseModel):
    """Which version is wanted; the newest when nothing is said."""

    version: Version | None = None


class DeletionQuery(BaseModel):
    """Whether all that lies in a collection goes with it."""

    recursive: bool = False


class EntitiesQuery(VersionQuery):
    """Which entities are wanted.

    `filter_param` reads `name=value`, with commas for and; the names are type, mime_type, is_collection, parent_id and
    is_deleted.
    """

    page: Annotated[int, Field(ge=1, le=MOST_PAGES)] = 1
    page_size: Annotated[int, Field(ge=1, le=100)] = 20
    search_query: Annotated[str, Field(max_length=200)] | None = None
    filter_param: Annotated[str, Field(max_length=1000)] | None = None
    include_deleted: bool = False

    def wanted(self) -> EntityQuery:
        """As the port says it; what is deleted is left out unless it is asked for."""
        terms = read_filter(self.filter_param or "")
        if terms.is_deleted is None and not self.include_deleted:
            terms = EntityFilter(
                terms.kind, terms.mime_type, terms.is_collection, terms.parent_id, terms.at_the_top, is_deleted=False
            )
        return EntityQuery(self.version, self.search_query or None, terms)

    def request(self) -> PageRequest:
        """As the domain says it."""
        return PageRequest(self.page, self.page_size)


class NewEntityForm(BaseModel):
    """A form that makes an entity: with a file, or a collection without one."""

    label: Label
    image: Annotated[bytes | None, Field(description="The file itself; a collection has none")] = None
    is_collection: bool = False
    description: Description | None = None
    parent_id: FormParent = None

    def wanted(self) -> NewEntity:
        """As the use case says it."""
        return NewEntity(self.label, self.description, self.is_collection, self.parent_id)


class EntityForm(BaseModel):
    """A form that replaces what is said of an entity, and its file where one is sent."""

    label: Label
    image: Annotated[bytes | None, Field(description="Another file, with the same entity")] = None
    is_collection: Annotated[bool | None, BeforeValidator(_unless_null), Field(description="Cannot be changed")] = None
    description: Description | None = None
    parent_id: FormParent = None

    def changes(self) -> EntityChanges:
        """As the domain says it: what is left out is empty afterwards, but for what cannot be changed."""
        changes = EntityChanges(label=self.label, description=self.description, parent_id=self.parent_id)
        if self.is_collection is not None:
            changes["is_collection"] = self.is_collection
        return changes


class EntityPatchBody(BaseModel):
    """What is to be different; what is left out stays."""

    label: Label = ""
    description: Description | None = None
    parent_id: EntityId | None = None
    is_deleted: bool = False
    is_collection: bool = False


class EntityPatch(BaseModel):
    """Changes of an entity."""

    body: EntityPatchBody

    def changes(self) -> EntityChanges:
        """As the domain says it."""
        changes: EntityChanges = self.body.model_dump(exclude_unset=True)  # type: ignore[assignment]
        return changes


def read_form(kind: type[T], fields: Mapping[str, str]) -> T:
    """A form's fields as one value, or `Invalid` that names each that is wrong."""
    plain = {name: value for name, value in fields.items() if name != "image"}
    try:
        return TypeAdapter(kind).validate_python(plain)
    except ValidationError as error:
        wrong = field_errors(error)
        raise Invalid(f"{wrong[0].field}: {wrong[0].message}", errors=wrong) from None
