"""The inbox, as clients see it."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from application.files.shown_metadata import shown_metadata
from application.inbox.complete_upload import Sent
from application.inbox.presign_upload import Announced
from application.ports.direct_links import Link
from application.ports.files import FileQuery, FileView
from domain.access import Caller
from domain.inbox import PresignedUpload
from domain.media import FileStatus, Variant, VariantStatus
from entrypoints.http.cursors import LONGEST
from entrypoints.http.schemas.files import LATEST
from entrypoints.http.schemas.times import UtcTime

MOST_ASSETS = 50
LARGEST = 2**63 - 1
_WORD = r"[A-Za-z0-9!#$&^_.+-]{1,127}"
_MIME = rf"^{_WORD}/{_WORD}( ?; ?{_WORD}=({_WORD}|\"[ !#-\[\]-~]{{0,127}}\"))*$"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]
ContentType = Annotated[str, Field(pattern=_MIME, max_length=255, examples=["image/jpeg"])]


class UploadPath(BaseModel):
    """The address of an upload."""

    upload_id: UUID


class AssetPath(BaseModel):
    """The address of an asset."""

    asset_id: UUID


class PresignBody(BaseModel):
    """A file that is to be sent."""

    filename: Annotated[str, Field(min_length=1, max_length=512)]
    content_type: ContentType
    size: Annotated[int, Field(ge=1, le=LARGEST)]
    sha256: Sha256 | None = None
    project_id: UUID | None = None

    def announced(self) -> Announced:
        """As the use case takes it."""
        sha256 = self.sha256.lower() if self.sha256 else None
        return Announced(self.filename, self.content_type, self.size, sha256, self.project_id)


class PresignedBody(BaseModel):
    """Where the file is to be sent, and how: with this method and exactly these headers."""

    upload_id: UUID
    upload_url: str
    method: str
    headers: dict[str, str]
    object_key: str
    expires_in: int

    @classmethod
    def of(cls, upload: PresignedUpload, link: Link, now: datetime) -> Self:
        """From the domain."""
        return cls(
            upload_id=upload.id,
            upload_url=link.url,
            method=link.method,
            headers=dict(link.headers),
            object_key=upload.object_key,
            expires_in=max(0, round((link.expires_at - now).total_seconds())),
        )


class LinkQuery(BaseModel):
    """The seal of a link we handed out."""

    expires: Annotated[int, Field(ge=0, le=LATEST)]
    signature: Annotated[str, Field(max_length=100)]


class CompletionBody(BaseModel):
    """Which upload has been sent, by its id or its key."""

    upload_id: UUID | None = None
    object_key: Annotated[str, Field(max_length=1024)] | None = None
    sha256: Sha256 | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.upload_id is None and self.object_key is None:
            raise ValueError("say which upload this is about: give upload_id or object_key")
        return self

    def sent(self) -> Sent:
        """As the use case takes it."""
        return Sent(self.upload_id, self.object_key, self.sha256.lower() if self.sha256 else None)


class CompletedBody(BaseModel):
    """The asset an upload has become."""

    asset_id: UUID
    object_key: str
    status: FileStatus
    message: str = "Upload completed successfully"
    completed_at: UtcTime


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


class AssetsQuery(BaseModel):
    """Which assets are wanted; `cursor` goes on from another page of the same list."""

    cursor: Annotated[str, Field(max_length=LONGEST, description="The next_cursor or prev_cursor of a page")] | None = (
        None
    )
    limit: Annotated[int, Field(ge=1, le=MOST_ASSETS)] = 20
    status: Annotated[FileStatus | None, BeforeValidator(_lower)] = None
    search: Annotated[str, Field(max_length=200)] | None = None
    mime_type: Annotated[str, Field(max_length=255, description="A type, or a family as in image/*")] | None = None
    project_id: UUID | None = None

    def wanted(self, project_id: UUID) -> FileQuery:
        """As the port says it."""
        mime_type = self.mime_type.lower() if self.mime_type else None
        return FileQuery(project_id, status=self.status, text=self.search or None, mime_type=mime_type)


class AssetMeta(BaseModel):
    """What is known of the file behind an asset."""

    filename: str
    kind: str
    project_id: UUID
    width: int | None
    height: int | None
    duration: float | None
    md5: str | None
    sha256: str | None
    placeholder: dict[str, Any] | None
    reason: str | None
    metadata: dict[str, Any]


class AssetBody(BaseModel):
    """An asset; its links work for anybody, for an hour."""

    id: UUID
    owner_id: UUID
    object_key: str
    mime: str
    size: int
    status: FileStatus
    thumb_key: str | None
    meta: AssetMeta
    download_url: str | None
    thumbnail_url: str | None
    created_at: UtcTime
    updated_at: UtcTime

    @classmethod
    def of(
        cls, view: FileView, caller: Caller, thumb: Variant | None, download_url: str | None, thumbnail_url: str | None
    ) -> Self:
        """From the domain, as this caller may see it."""
        file = view.file
        known = {name: getattr(file, name) for name in AssetMeta.model_fields if name != "metadata"}
        return cls(
            id=file.id,
            owner_id=view.owner_id,
            object_key=file.key,
            mime=file.mime_type,
            size=file.size,
            status=file.status,
            thumb_key=thumb.key if thumb else None,
            meta=AssetMeta(**known, metadata=dict(shown_metadata(view, caller))),
            download_url=download_url,
            thumbnail_url=thumbnail_url,
            created_at=file.created_at,
            updated_at=file.updated_at,
        )


class AssetsBody(BaseModel):
    """A page of assets, newest first; the cursors lead on and back, and are null at the ends."""

    assets: list[AssetBody]
    total: int
    count: int
    next_cursor: str | None
    prev_cursor: str | None
    has_next: bool
    has_prev: bool


class AssetDeletedBody(BaseModel):
    """It is gone."""

    message: str = "Asset deleted successfully"
    asset_id: UUID


def thumbnail_of(view: FileView, names: tuple[str, ...]) -> Variant | None:
    """The first of these variants that can be looked at."""
    made = {variant.name: variant for variant in view.file.variants if variant.status is VariantStatus.READY}
    return next((made[name] for name in names if name in made), None)
