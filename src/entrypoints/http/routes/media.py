"""The door to media: what was brought in, and what is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.files.addresses import Addresses
from application.media.refresh_media import RefreshMedia
from application.ports.files import FileReads
from application.ports.ingested import IngestedReads
from domain.access import Caller, require_read, scope_of
from domain.errors import Forbidden
from domain.media import FileMissing
from entrypoints.http.operations import Auth, Op
from entrypoints.http.schemas.media import (
    MediaItemBody,
    MediaPageBody,
    MediaPath,
    MediaQuery,
    RefreshedBody,
    RefreshRequest,
)


@dataclass(frozen=True, slots=True)
class MediaDoor:
    """Looking at media, over all projects, and having them looked at again."""

    files: FileReads
    ingested: IngestedReads
    refresh_media: RefreshMedia
    addresses: Addresses
    tag: str = "Media"

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        either, missing = Auth.KEY_OR_USER, (FileMissing, Forbidden)
        return (
            Op("GET", "/media", self.list_media, "Media", auth=either, errors=(Forbidden,)),
            Op("POST", "/media/refresh", self.refresh, "Media", 202, auth=either, errors=missing),
            Op("GET", "/media/{media_id}", self.get_media, "Media", auth=either, errors=missing),
        )

    async def list_media(self, caller: Caller, query: MediaQuery) -> MediaPageBody:
        """All the caller may read, of all projects, newest first unless another order is asked for."""
        require_read(caller)
        page = await self.files.page(scope_of(caller), query.wanted(), query.request())
        keys = await self.ingested.keys_of([view.file.id for view in page.items])
        return MediaPageBody.of(page, [MediaItemBody.of(view, self.addresses, caller, keys) for view in page.items])

    async def get_media(self, caller: Caller, path: MediaPath) -> MediaItemBody:
        """One item, with everything that is known of it."""
        require_read(caller)
        view = await self.files.get(scope_of(caller), path.media_id)
        if view is None:
            raise FileMissing("there is no such file")
        keys = await self.ingested.keys_of([view.file.id])
        return MediaItemBody.of(view, self.addresses, caller, keys)

    async def refresh(self, caller: Caller, body: RefreshRequest | None = None) -> RefreshedBody:
        """Look through the source for what is new; or at one object of it, or into one item, again.

        An object that failed before is tried again only when it is named. Nothing is queued where that waits already,
        and where there is nothing to look at.
        """
        if body is not None and body.media_id is not None:
            queued = await self.refresh_media.one_file(caller, body.media_id)
        elif body is not None and body.s3_key is not None:
            queued = await self.refresh_media.one_object(caller, body.s3_key)
        else:
            queued = await self.refresh_media(caller)
        return RefreshedBody(message="Media refresh queued" if queued else "Nothing to queue", jobs_queued=queued)
