"""The door files are found and read by."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from application.files.addresses import Addresses
from application.files.open_content import Content, OpenContent
from application.ports.files import FileQuery, FileReads
from application.ports.projects import ProjectReads
from domain.access import EVERYTHING, Caller, require_read, scope_of
from domain.media import FileMissing, VariantFailed, VariantNotReady, VariantUnknown
from domain.settings import Visibility
from entrypoints.http.blob_responses import BlobResponses
from entrypoints.http.operations import Auth, Op
from entrypoints.http.schemas.files import ContentQuery, FileBody, FilePath, FilesQuery
from entrypoints.http.schemas.pages import PageBody, page_body


@dataclass(frozen=True, slots=True)
class FilesDoor:
    """Looking at files, and getting their bytes."""

    files: FileReads
    projects: ProjectReads
    open_content: OpenContent
    addresses: Addresses
    responses: BlobResponses
    tag: str = "Files"

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        missing = (FileMissing,)
        variants = (FileMissing, VariantUnknown, VariantNotReady, VariantFailed)
        return (
            Op("GET", "/files", self.list_files, "File", auth=Auth.KEY_OR_USER),
            Op("GET", "/files/{file_id}", self.get_file, "File", auth=Auth.KEY_OR_USER, errors=missing),
            Op(
                "GET", "/files/{file_id}/content", self.get_content, "File",
                auth=Auth.OPTIONAL, errors=variants, media="*/*",
                also={206: "A part of it", 302: "It is to be read from the store itself", 304: "You have it already"},
            ),
            Op(
                "GET", "/blobs/{key:path}", self.get_blob, "Blob", errors=missing, media="*/*",
                also={206: "A part of it", 302: "It is to be read from the store itself", 304: "You have it already"},
            ),
        )  # fmt: skip

    async def list_files(self, caller: Caller, query: FilesQuery) -> PageBody[FileBody]:
        """Files the caller may read, newest first."""
        require_read(caller)
        wanted = FileQuery(query.project_id, query.kind, query.status, query.q or None)
        page = await self.files.page(scope_of(caller), wanted, query.request())
        projects = {file.project_id for file in page.items}
        visibilities = {project_id: await self._visibility(project_id) for project_id in projects}
        return page_body(
            page, [FileBody.of(file, self.addresses, visibilities[file.project_id]) for file in page.items]
        )

    async def get_file(self, caller: Caller, path: FilePath) -> FileBody:
        """One file, with the addresses of all its variants."""
        require_read(caller)
        file = await self.files.get(scope_of(caller), path.file_id)
        if file is None:
            raise FileMissing("there is no such file")
        return FileBody.of(file, self.addresses, await self._visibility(file.project_id))

    async def get_content(
        self, caller: Caller | None, request: Request, path: FilePath, query: ContentQuery
    ) -> Response:
        """The bytes of a file, or of one of its variants."""
        content = await self.open_content(caller, path.file_id, query.variant)
        return await self.responses.answer(request, content, download=query.download)

    async def get_blob(self, request: Request) -> Response:
        """The bytes behind a public address."""
        content: Content = await self.open_content.by_key(request.path_params["key"])
        return await self.responses.answer(request, content)

    async def _visibility(self, project_id: UUID) -> Visibility:
        project = await self.projects.get(EVERYTHING, project_id)
        return project.settings.visibility if project else Visibility.PRIVATE
