"""The door files are found, shared and deleted by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request

from application.files.addresses import Addresses
from application.files.delete_file import DeleteFile
from application.files.delete_files import DeleteFiles
from application.files.share_content import ShareContent
from application.ports.events import EventReads
from application.ports.files import FileReads
from domain.access import Caller, require_read, scope_of
from domain.errors import FieldError, Forbidden, Invalid
from domain.media import FileMissing, VariantUnknown
from domain.pages import PageRequest
from entrypoints.http.cursors import BadCursor, Cursors
from entrypoints.http.operations import Auth, Op
from entrypoints.http.origin import origin_of
from entrypoints.http.schemas.files import (
    BatchDeletedBody,
    BatchDeletion,
    FileBody,
    FileDeletedBody,
    FilePath,
    FilesPageBody,
    FilesQuery,
    HappeningBody,
    LinkBody,
    LinkRequest,
    TimelineBody,
)


@dataclass(frozen=True, slots=True)
class FilesDoor:
    """Looking at files, sharing and deleting them."""

    files: FileReads
    events: EventReads
    delete_one: DeleteFile
    delete_many: DeleteFiles
    share: ShareContent
    addresses: Addresses
    cursors: Cursors
    tag: str = "Files"

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        either, missing = Auth.KEY_OR_USER, (FileMissing, Forbidden)
        one = "/files/{file_id}"
        return (
            Op("GET", "/files", self.list_files, "File", auth=either, errors=(Forbidden, BadCursor)),
            Op("POST", "/files/batch-delete", self.batch_delete, "File", auth=either, errors=(Forbidden,)),
            Op("GET", one, self.get_file, "File", auth=either, errors=missing),
            Op("DELETE", one, self.delete_file, "File", auth=either, errors=missing),
            Op("GET", f"{one}/timeline", self.get_timeline, "File", auth=either, errors=missing),
            Op(
                "POST", f"{one}/links", self.make_link, "File",
                status=201, auth=either, errors=(*missing, VariantUnknown), replayed=True,
            ),
        )  # fmt: skip

    async def list_files(self, caller: Caller, query: FilesQuery) -> FilesPageBody:
        """Files the caller may read, newest first unless another order is asked for.

        `next_cursor` leads to the next page and costs the same however deep that lies. A cursor is good for the list it
        was given out for: the same caller, filters and sort. It stands in place of `page`; `current_page` counts on.
        """
        require_read(caller)
        scope, wanted = scope_of(caller), query.wanted()
        about = f"{scope} {wanted}"
        page = await self.files.page(scope, wanted, await self._request(query, about))
        number = page.request.number + 1
        return FilesPageBody.model_construct(
            data=[FileBody.of(view, self.addresses, caller) for view in page.items],
            total_items=page.total,
            total_pages=page.pages,
            current_page=page.request.number,
            page_size=page.request.size,
            next_cursor=await self.cursors.write(about, page.next, number) if page.next else None,
        )

    async def get_file(self, caller: Caller, path: FilePath) -> FileBody:
        """One file, with the addresses of all its variants.

        Where it was taken (`metadata.gps`) is told to the owner of the project alone.
        """
        require_read(caller)
        view = await self.files.get(scope_of(caller), path.file_id)
        if view is None:
            raise FileMissing("there is no such file")
        return FileBody.of(view, self.addresses, caller)

    async def delete_file(self, caller: Caller, request: Request, path: FilePath) -> FileDeletedBody:
        """Delete a file with all its variants, for good."""
        gone = await self.delete_one(caller, path.file_id, origin_of(request, caller))
        return FileDeletedBody(id=gone.id)

    async def batch_delete(self, caller: Caller, request: Request, body: BatchDeletion) -> BatchDeletedBody:
        """Delete many files at once; those that are not there, or not the caller's, count as failed."""
        return BatchDeletedBody.of(body.ids, await self.delete_many(caller, body.ids, origin_of(request, caller)))

    async def get_timeline(self, caller: Caller, path: FilePath) -> TimelineBody:
        """What happened to a file, oldest first, also after it was deleted."""
        require_read(caller)
        events = await self.events.of_file(scope_of(caller), path.file_id)
        if not events:
            raise FileMissing("there is no such file")
        return TimelineBody(file_id=path.file_id, events=[HappeningBody.of(event) for event in events])

    async def make_link(self, caller: Caller, path: FilePath, body: LinkRequest) -> LinkBody:
        """An address of the file's bytes, or of a variant's, that works for anybody until it expires.

        It works for as long as its maker may read the file: a link made with a key ends with that key, and one that a
        user made ends when the account is switched off or deleted.
        """
        shared = await self.share(
            caller,
            path.file_id,
            body.variant,
            lifetime=timedelta(seconds=body.expires_in),
            download=body.download,
        )
        return LinkBody(url=shared.url, expires_at=shared.expires_at)

    async def _request(self, query: FilesQuery, about: str) -> PageRequest:
        if query.cursor is None:
            return query.request()
        if "page" in query.model_fields_set:
            told = "give either page or cursor"
            raise Invalid(told, errors=[FieldError("page", told)])
        after, number = await self.cursors.read(about, query.cursor)
        return PageRequest(number, query.limit, after)
