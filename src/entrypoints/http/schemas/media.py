"""Media, as clients of a media library see them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from application.files.addresses import Addresses
from application.files.shown_metadata import shown_metadata
from application.ports.files import FileQuery, FileSort, FileView
from domain.access import Caller
from domain.media import POSTER, FileStatus, MediaFile, VariantStatus
from domain.media_kinds import MediaKind
from domain.pages import Page
from entrypoints.http.schemas.pages import PageQuery
from entrypoints.http.schemas.times import UtcTime

THUMBNAILS = ("thumbnail", "thumb", "small", POSTER)
"""The names of what stands for a file in a list, the best first."""


class MediaSort(StrEnum):
    """What a list of media can be sorted by."""

    CREATED_AT = "created_at"
    FILENAME = "filename"
    SIZE = "size"


class Order(StrEnum):
    """Smallest, oldest or first in the alphabet first, or last."""

    ASCENDING = "asc"
    DESCENDING = "desc"


class MediaPath(BaseModel):
    """The address of a media item."""

    media_id: UUID


class MediaQuery(PageQuery):
    """Which media are wanted, and in which order; `search` looks into names."""

    type: MediaKind | None = None
    status: FileStatus | None = None
    search: Annotated[str, Field(max_length=200)] | None = None
    sort_by: MediaSort = MediaSort.CREATED_AT
    order: Order = Order.DESCENDING

    def wanted(self) -> FileQuery:
        """As the port says it."""
        sort = FileSort(f"{'-' if self.order is Order.DESCENDING else ''}{self.sort_by}")
        return FileQuery(kind=self.type, status=self.status, text=self.search or None, sort=sort)


class MediaItemBody(BaseModel):
    """A media item. Seconds, pixels, bits a second, Hz; `s3_key` is where it came from, or else where it lies.

    Of an object that has changed since, the newest version has its key.
    """

    id: UUID
    type: MediaKind
    metadata: dict[str, Any]
    s3_key: str
    status: FileStatus
    reason: str | None
    user_id: UUID
    filename: str
    mime_type: str
    size: int
    duration: float | None
    width: int | None
    height: int | None
    video_codec: str | None
    audio_codec: str | None
    format: str
    bitrate: int | None
    sample_rate: int | None
    channels: int | None
    url: str
    thumbnail_url: str | None
    created_at: UtcTime
    updated_at: UtcTime

    @classmethod
    def of(cls, view: FileView, addresses: Addresses, caller: Caller, keys: Mapping[UUID, str]) -> Self:
        """From the domain, as this caller may see it."""
        file, told = view.file, view.file.metadata
        return cls.model_construct(
            **{name: getattr(file, name) for name in _SAME},
            **{name: told.get(name) for name in _TOLD},
            type=file.kind,
            metadata=shown_metadata(view, caller),
            s3_key=keys.get(file.id, file.key),
            user_id=view.owner_id,
            format=told.get("container") or file.key.rpartition(".")[2],
            url=addresses.original(file, view.visibility),
            thumbnail_url=_thumbnail(file, addresses.variants(file, view.visibility)),
        )


_SAME = (
    "id",
    "status",
    "reason",
    "filename",
    "mime_type",
    "size",
    "duration",
    "width",
    "height",
    "created_at",
    "updated_at",
)
_TOLD = ("video_codec", "audio_codec", "bitrate", "sample_rate", "channels")


class MediaPageBody(BaseModel):
    """One page of media."""

    items: list[MediaItemBody]
    page: int
    limit: int
    total: int

    @classmethod
    def of(cls, page: Page[FileView], items: list[MediaItemBody]) -> Self:
        """From the domain."""
        return cls.model_construct(items=items, page=page.request.number, limit=page.request.size, total=page.total)


class RefreshRequest(BaseModel):
    """What to look at again: one item, one object of the source, or, when neither is named, the whole source."""

    media_id: UUID | None = None
    s3_key: Annotated[str, Field(min_length=1, max_length=1024)] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.media_id is not None and self.s3_key is not None:
            raise ValueError("name a media_id or an s3_key, not both")
        return self


class RefreshedBody(BaseModel):
    """What came of asking."""

    message: str
    status: str = "success"
    jobs_queued: int


def _thumbnail(file: MediaFile, addresses: Mapping[str, str]) -> str | None:
    """The best of what there is, or comes to be; of a picture without any, the picture itself."""
    hopeful = {each.name for each in file.pictures if each.status is not VariantStatus.FAILED}
    ready = {each.name for each in file.pictures if each.status is VariantStatus.READY}
    for names in (ready, hopeful):
        found = next((name for name in (*THUMBNAILS, *sorted(names)) if name in names), None)
        if found is not None:
            return addresses[found]
    return None
