"""The door files come in by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from application.files.addresses import Addresses
from application.ports.projects import ProjectReads
from application.uploads.incoming import Upload
from application.uploads.upload_file import UploadFile
from application.uploads.upload_image import UploadImage
from domain.access import EVERYTHING, Caller
from domain.errors import Forbidden, StorageFull
from domain.image_headers.budget import ImageTooBig
from domain.image_headers.header import UnreadableImage
from domain.media import MediaFile
from domain.projects import ProjectMissing, QuotaExceeded
from domain.settings import Visibility
from domain.uploads import DuplicateFile, EmptyUpload, TypeNotAllowed, UploadTooLarge
from entrypoints.http.file_form import SentFile, WrongParts, sent_file
from entrypoints.http.log_context import add_context
from entrypoints.http.operations import Auth, Op
from entrypoints.http.schemas.uploads import (
    FileForm,
    FileUploadBody,
    ImageUploadBody,
    ImageUploadQuery,
    UploadHeaders,
    UploadQuery,
)


@dataclass(frozen=True, slots=True)
class UploadsDoor:
    """Uploading."""

    upload_file: UploadFile
    upload_image: UploadImage
    projects: ProjectReads
    addresses: Addresses
    tag: str = "Uploads"

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        refused = (
            EmptyUpload, Forbidden, ProjectMissing, DuplicateFile, UploadTooLarge, QuotaExceeded, TypeNotAllowed,
            WrongParts, StorageFull,
        )  # fmt: skip
        unseen = (UnreadableImage, ImageTooBig)
        how: dict[str, Any] = {"auth": Auth.KEY_OR_USER, "max_body": None, "form": FileForm, "replayed": True}
        return (
            Op("POST", "/upload/file", self.file, "Upload", errors=refused, **how),
            Op("POST", "/upload/image", self.image, "Upload", errors=(*refused, *unseen), **how),
        )

    async def file(
        self, caller: Caller, request: Request, query: UploadQuery, headers: UploadHeaders
    ) -> FileUploadBody:
        """Keep a file of any kind."""
        async with sent_file(request) as sent:
            file = await self.upload_file(caller, _upload(sent, query, headers))
        visibility = await self._noted(file)
        url = self.addresses.original(file, visibility)
        return FileUploadBody(id=file.id, url=url, filename=file.filename, mime_type=file.mime_type, size=file.size)

    async def image(
        self, caller: Caller, request: Request, query: ImageUploadQuery, headers: UploadHeaders
    ) -> ImageUploadBody:
        """Keep a picture and make the project's variants of it; their addresses hold from now on."""
        async with sent_file(request) as sent:
            file = await self.upload_image(caller, _upload(sent, query, headers, query.names()))
        visibility = await self._noted(file)
        return ImageUploadBody(
            id=file.id,
            original_url=self.addresses.original(file, visibility),
            variants=self.addresses.variants(file, visibility),
        )

    async def _noted(self, file: MediaFile) -> Visibility:
        project = await self.projects.get(EVERYTHING, file.project_id)
        add_context(project=project.name if project else None, file=file.id)
        return project.settings.visibility if project else Visibility.PRIVATE


def _upload(
    sent: SentFile, query: UploadQuery, headers: UploadHeaders, variants: tuple[str, ...] | None = None
) -> Upload:
    named = headers.x_project_id or query.project_id
    tries = (sent.file_id, sent.before)
    return Upload(sent.filename, sent.content_type, sent.chunks, named, variants, sent.expected_size, *tries)
