"""The door to the inbox: what has arrived in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from starlette.requests import Request

from application.files.share_content import ShareContent
from application.inbox.asset_pages import AssetPages
from application.inbox.delete_asset import DeleteAsset
from application.inbox.find_inbox import FindInbox
from application.ports.files import FileReads, FileView
from domain.access import UserCaller, scope_of
from domain.errors import FieldError
from domain.inbox import THUMBNAIL, AssetMissing
from domain.media import POSTER
from domain.pages import Mark
from domain.projects import ProjectMissing
from entrypoints.http.cursors import BadCursor, Cursors
from entrypoints.http.operations import Auth, Op
from entrypoints.http.origin import origin_of
from entrypoints.http.schemas.inbox import (
    AssetBody,
    AssetDeletedBody,
    AssetPath,
    AssetsBody,
    AssetsQuery,
    thumbnail_of,
)

LINKS_LAST = timedelta(hours=1)
ON, BACK = "on", "back"


@dataclass(frozen=True, slots=True)
class AssetsDoor:
    """Looking at assets, and deleting them."""

    files: FileReads
    find_inbox: FindInbox
    pages: AssetPages
    delete: DeleteAsset
    share: ShareContent
    cursors: Cursors
    tag: str = "Inbox"

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        one = "/assets/{asset_id}"
        return (
            Op("GET", "/assets", self.list_assets, "Inbox", auth=Auth.USER, errors=(ProjectMissing, BadCursor)),
            Op("GET", one, self.get_asset, "Inbox", auth=Auth.USER, errors=(AssetMissing,)),
            Op("DELETE", one, self.delete_asset, "Inbox", auth=Auth.USER, errors=(AssetMissing,)),
        )

    async def list_assets(self, caller: UserCaller, query: AssetsQuery) -> AssetsBody:
        """The caller's own assets, newest first, or those of a project of theirs.

        A cursor is good for the list it was given out for: the same caller and filters. Nothing that comes or goes
        meanwhile makes a page show anything twice or miss anything.
        """
        project = await self.find_inbox.existing(caller, query.project_id)
        # Where there is no list yet there is no cursor to it either, but a wrong one is told of all the same.
        wanted = query.wanted(project.id if project else UUID(int=0))
        about = f"assets of {caller.user_id} {wanted}"
        at, back = await self._place(about, query.cursor) if query.cursor else (None, False)
        if project is None:
            return _nothing()
        page = await self.pages(scope_of(caller), wanted, query.limit, at, back=back)
        return AssetsBody(
            assets=[await self._shown(view, caller) for view in page.items],
            total=page.total,
            count=len(page.items),
            next_cursor=await self._cursor(about, ON, page.following),
            prev_cursor=await self._cursor(about, BACK, page.before),
            has_next=page.following is not None,
            has_prev=page.before is not None,
        )

    async def get_asset(self, caller: UserCaller, path: AssetPath) -> AssetBody:
        """One asset, with links to its bytes and its thumbnail that work for an hour."""
        view = await self.files.get(scope_of(caller), path.asset_id)
        if view is None:
            raise AssetMissing("there is no such asset")
        return await self._shown(view, caller)

    async def delete_asset(self, caller: UserCaller, request: Request, path: AssetPath) -> AssetDeletedBody:
        """Delete an asset with everything made of it, for good."""
        await self.delete(caller, path.asset_id, origin_of(request, caller))
        return AssetDeletedBody(asset_id=path.asset_id)

    async def _shown(self, view: FileView, caller: UserCaller) -> AssetBody:
        file, thumb = view.file, thumbnail_of(view, (THUMBNAIL, POSTER))
        kept = file.original_deleted_at is None
        bytes_of = await self.share.sign(caller, file.id, None, lifetime=LINKS_LAST, download=True) if kept else None
        seen_at = await self.share.sign(caller, file.id, thumb.name, lifetime=LINKS_LAST) if thumb else None
        return AssetBody.of(view, caller, thumb, bytes_of.url if bytes_of else None, seen_at.url if seen_at else None)

    async def _cursor(self, about: str, way: str, mark: Mark | None) -> str | None:
        return f"{way}.{await self.cursors.write(f'{about} {way}', mark, 1)}" if mark else None

    async def _place(self, about: str, cursor: str) -> tuple[Mark, bool]:
        way, _, sealed = cursor.partition(".")
        try:
            mark, _ = await self.cursors.read(f"{about} {way}", sealed)
        except BadCursor:
            told = "must be the next_cursor or prev_cursor of the same list, with the same filters"
            raise BadCursor(f"cursor {told}", errors=[FieldError("cursor", told)]) from None
        return mark, way == BACK


def _nothing() -> AssetsBody:
    return AssetsBody(assets=[], total=0, count=0, next_cursor=None, prev_cursor=None, has_next=False, has_prev=False)
