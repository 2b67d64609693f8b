"""The door the bytes of files go out by."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from application.files.open_content import Moved, OpenContent, OriginalGone
from application.files.signed_links import LinkExpired, LinkRefused
from application.ports.blob_store import BlobMissing
from domain.access import Caller
from domain.errors import NotSignedIn
from domain.media import FileMissing, VariantFailed, VariantNotReady, VariantUnknown
from entrypoints.http.blob_responses import BlobResponses, redirect
from entrypoints.http.operations import Auth, Op
from entrypoints.http.schemas.files import ContentQuery, FilePath

ALSO = {206: "A part of it, or several", 302: "It is to be read from elsewhere", 304: "You have it already"}


@dataclass(frozen=True, slots=True)
class ContentDoor:
    """Getting the bytes of files."""

    open_content: OpenContent
    responses: BlobResponses
    tag: str = "Files"

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        missing = (FileMissing, VariantUnknown, VariantNotReady, VariantFailed, OriginalGone)
        refused = (NotSignedIn, LinkExpired, LinkRefused)
        return (
            Op(
                "GET", "/files/{file_id}/content", self.get_content, "File",
                auth=Auth.OPTIONAL, errors=(*missing, *refused), media="*/*", also=ALSO, shown_elsewhere=True,
            ),
            Op(
                "GET", "/blobs/{key:path}", self.get_blob, "Blob",
                errors=missing, media="*/*", also=ALSO, shown_elsewhere=True,
            ),
        )  # fmt: skip

    async def get_content(
        self, caller: Caller | None, request: Request, path: FilePath, query: ContentQuery
    ) -> Response:
        """The bytes of a file, or of one of its variants.

        For whoever may read the file, for everybody when the project is public, and for whoever shows a link that
        was signed by us (`expires`, `by` and `signature`, see `POST /files/{file_id}/links`).
        """

        async def look() -> Response:
            content = await self.open_content(caller, path.file_id, query.variant, query.link())
            return await self.responses.answer(request, content, download=query.download)

        return await _once_more(look)

    async def get_blob(self, request: Request) -> Response:
        """The bytes behind a public address.

        The address of a variant that has been made anew leads on to where it lies now.
        """

        async def look() -> Response:
            content = await self.open_content.by_key(request.path_params["key"])
            if isinstance(content, Moved):
                return redirect(content.address)
            return await self.responses.answer(request, content)

        return await _once_more(look)


async def _once_more(look: Callable[[], Awaitable[Response]]) -> Response:
    """A blob that is gone may have got a successor since its row was read."""
    try:
        return await look()
    except BlobMissing:
        return await look()
