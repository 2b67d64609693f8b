"""Uploads, as clients send them and see them answered."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field


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
