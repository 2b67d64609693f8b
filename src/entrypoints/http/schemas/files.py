"""Files, as clients see them."""

from collections.abc import Sequence
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from application.files.addresses import Addresses
from application.files.shown_metadata import shown_metadata, without_places
from application.files.signed_links import ShownLink
from application.ports.files import FileQuery, FileSort, FileView
from domain.access import Caller
from domain.events import Event
from domain.media import FileStatus, MediaFile
from domain.media_kinds import MediaKind
from entrypoints.http.cursors import LONGEST
from entrypoints.http.schemas.pages import PageBody, PageQuery
from entrypoints.http.schemas.times import UtcTime

MOST_AT_ONCE = 100
LATEST = 253_402_300_799  # the last second of the year 9999

VariantName = Annotated[str, Field(max_length=64)]


class FilePath(BaseModel):
    """The address of a file."""

    file_id: UUID


class ContentQuery(BaseModel):
    """Which bytes of a file, whether to save rather than show them, and the seal of a link we handed out."""

    variant: VariantName | None = None
    download: bool = False
    expires: Annotated[int, Field(ge=0, le=LATEST)] | None = None
    by: Annotated[str, Field(max_length=100)] | None = None
    signature: Annotated[str, Field(max_length=100)] | None = None

    def link(self) -> ShownLink | None:
        """What the request shows to be let in by; a part of it is worth nothing, but says that it was meant."""
        if self.expires is None and self.by is None and self.signature is None:
            return None
        return ShownLink(self.expires or 0, self.by or "", self.signature or "", self.download)


class FilesQuery(PageQuery):
    """Which files are wanted, and in which order; `cursor` goes on from another page and excludes `page`."""

    project_id: UUID | None = None
    kind: MediaKind | None = None
    status: FileStatus | None = None
    q: Annotated[str, Field(max_length=200)] | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")] | None = None
    sort: FileSort = FileSort.NEWEST
    cursor: Annotated[str, Field(max_length=LONGEST, description="The next_cursor of the page before")] | None = None

    def wanted(self) -> FileQuery:
        """As the port says it."""
        sha256 = self.sha256.lower() if self.sha256 else None
        return FileQuery(self.project_id, self.kind, self.status, self.q or None, sha256, self.sort)


class FileBody(BaseModel):
    """A file and everything that is known of it."""

    id: UUID
    project_id: UUID
    filename: str
    mime_type: str
    kind: MediaKind
    size: int
    url: str
    variants: dict[str, str]
    status: FileStatus
    reason: str | None
    width: int | None
    height: int | None
    duration: float | None
    md5: str | None
    sha256: str | None
    placeholder: dict[str, Any] | None
    metadata: dict[str, Any]
    created_at: UtcTime
    updated_at: UtcTime

    @classmethod
    def of(cls, view: FileView, addresses: Addresses, caller: Caller) -> Self:
        """From the domain, as this caller may see it."""
        file = view.file
        # What comes from the domain is valid: to check it again would cost as much as reading it from the database.
        return cls.model_construct(
            **{name: getattr(file, name) for name in _SAME},
            url=addresses.original(file, view.visibility),
            variants=addresses.variants(file, view.visibility),
            metadata=shown_metadata(view, caller),
        )


_SAME = tuple(name for name in FileBody.model_fields if name not in {"url", "variants", "metadata"})


class FilesPageBody(PageBody[FileBody]):
    """One page of files; `next_cursor` leads to the next, however deep in the list, and is null on the last."""

    next_cursor: str | None


class FileDeletedBody(BaseModel):
    """It is gone."""

    message: str = "File deleted successfully"
    id: UUID


class BatchDeletion(BaseModel):
    """Which files are to go."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_AT_ONCE)]


class BatchDeletedBody(BaseModel):
    """How many went, how many were not there to go, and the bytes that took in the store."""

    deleted_count: int
    failed_count: int
    freed_bytes: int

    @classmethod
    def of(cls, asked: Sequence[UUID], gone: Sequence[MediaFile]) -> Self:
        """From the domain; one that is named twice counts once."""
        return cls(
            deleted_count=len(gone),
            failed_count=len(set(asked)) - len(gone),
            freed_bytes=sum(file.stored_bytes for file in gone),
        )


class HappeningBody(BaseModel):
    """One thing that happened to a file; the other fields depend on its kind."""

    model_config = ConfigDict(extra="allow")

    at: UtcTime
    kind: str
    job_id: UUID | None

    @classmethod
    def of(cls, event: Event) -> Self:
        """From the domain."""
        return cls(**{**without_places(event.data), "at": event.at, "kind": event.kind, "job_id": event.job_id})


class TimelineBody(BaseModel):
    """What happened to a file, oldest first."""

    file_id: UUID
    events: list[HappeningBody]


def _whole(value: object) -> object:
    # 60.0 is an integer as JSON Schema sees it.
    return int(value) if isinstance(value, float) and value.is_integer() else value


class LinkRequest(BaseModel):
    """What a link is to lead to, and for how many seconds."""

    variant: VariantName | None = None
    expires_in: Annotated[int, BeforeValidator(_whole), Field(ge=60, le=604_800)] = 3600
    download: bool = False


class LinkBody(BaseModel):
    """An address that works for anybody until it expires."""

    url: str
    expires_at: UtcTime
