"""Files, as clients see them."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from application.files.addresses import Addresses
from domain.media import FileStatus, MediaFile
from domain.media_kinds import MediaKind
from domain.settings import Visibility
from entrypoints.http.schemas.pages import PageQuery
from entrypoints.http.schemas.times import UtcTime


class FileForm(BaseModel):
    """A form with one file."""

    file: Annotated[bytes, Field(min_length=1, description="The file itself")]


class UploadQuery(BaseModel):
    """Where an upload goes, for those who are signed in as a user."""

    project_id: UUID | None = None


class ImageUploadQuery(UploadQuery):
    """And which of the project's variants are made; all of them when nothing is said."""

    variants: Annotated[str, Field(max_length=4096)] | None = None

    def names(self) -> tuple[str, ...] | None:
        """The variants named, or None."""
        if self.variants is None:
            return None
        return tuple(name.strip() for name in self.variants.split(",") if name.strip())


class UploadHeaders(BaseModel):
    """The project, for those who are signed in as a user."""

    x_project_id: UUID | None = None


class FileUploadBody(BaseModel):
    """A file that was kept."""

    id: UUID
    url: str
    filename: str
    mime_type: str
    size: int


class ImageUploadBody(BaseModel):
    """A picture that was kept, and where its variants will be."""

    id: UUID
    original_url: str
    variants: dict[str, str]


class FilePath(BaseModel):
    """The address of a file."""

    file_id: UUID


class ContentQuery(BaseModel):
    """Which bytes of a file, and whether to save rather than show them."""

    variant: Annotated[str, Field(max_length=64)] | None = None
    download: bool = False


class FilesQuery(PageQuery):
    """Which files are wanted."""

    project_id: UUID | None = None
    kind: MediaKind | None = None
    status: FileStatus | None = None
    q: Annotated[str, Field(max_length=200)] | None = None


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
    def of(cls, file: MediaFile, addresses: Addresses, visibility: Visibility) -> Self:
        """From the domain."""
        addressed = {"url", "variants"}
        same = {name: getattr(file, name) for name in cls.model_fields if name not in addressed}
        return cls(
            **same,
            url=addresses.original(file, visibility),
            variants=addresses.variants(file, visibility),
        )
