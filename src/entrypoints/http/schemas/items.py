"""The library's entities, as clients see them."""

from typing import Any, Self

from pydantic import BaseModel

from application.ports.entities import EntityVersion, EntityView
from domain.library import taken_at
from domain.object_keys import path_in_project
from domain.pages import Page
from entrypoints.http.schemas.times import UtcTime


class Item(BaseModel):
    """An entity."""

    id: int
    is_collection: bool
    label: str
    description: str | None
    parent_id: int | None
    added_date: UtcTime
    updated_date: UtcTime
    create_date: UtcTime | None
    file_size: int | None
    height: int | None
    width: int | None
    duration: float | None
    mime_type: str | None
    type: str | None
    extension: str | None
    md5: str | None
    file_path: str | None
    is_deleted: bool
    added_by: str | None
    updated_by: str | None

    @classmethod
    def of(cls, view: EntityView, **more: Any) -> Self:
        """From the domain."""
        entity, file = view.entity, view.file
        return cls(
            id=entity.id,
            is_collection=entity.is_collection,
            label=entity.label,
            description=entity.description,
            parent_id=entity.parent_id,
            added_date=entity.added_at,
            updated_date=entity.updated_at,
            create_date=taken_at(file) if file else None,
            file_size=file.size if file else None,
            height=file.height if file else None,
            width=file.width if file else None,
            duration=file.duration if file else None,
            mime_type=file.mime_type if file else None,
            type=file.kind.value if file else None,
            extension=file.key.rpartition(".")[2] if file else None,
            md5=entity.md5,
            file_path=path_in_project(file.key) if file else None,
            is_deleted=entity.is_deleted,
            added_by=entity.added_by,
            updated_by=entity.updated_by,
            **more,
        )


class ItemVersion(Item):
    """An entity as it was, and the number of the change that made it so."""

    version: int
    transaction_id: int

    @classmethod
    def past(cls, version: EntityVersion) -> Self:
        """From the domain."""
        return cls.of(version.view, version=version.view.entity.version, transaction_id=version.transaction_id)


class Pagination(BaseModel):
    """Where a page stands in its list."""

    page: int
    page_size: int
    total_items: int
    total_pages: int
    has_next: bool
    has_prev: bool


class ItemsBody(BaseModel):
    """One page of entities."""

    items: list[Item]
    pagination: Pagination

    @classmethod
    def of(cls, page: Page[EntityView]) -> Self:
        """From the domain."""
        number = page.request.number
        return cls(
            items=[Item.of(view) for view in page.items],
            pagination=Pagination(
                page=number,
                page_size=page.request.size,
                total_items=page.total,
                total_pages=page.pages,
                has_next=number < page.pages,
                has_prev=number > 1 and page.total > 0,
            ),
        )


class EntityDeletedBody(BaseModel):
    """It is gone."""

    message: str = "Entity deleted successfully"
    id: int
