"""A list that can be gone through in both directions, whatever comes and goes meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from application.ports.files import FileQuery, FileReads, FileSort, FileView
from domain.access import Scope
from domain.pages import Mark, PageRequest


@dataclass(frozen=True, slots=True)
class AssetPage:
    """Some assets, newest first; `following` and `before` are where to go on, and where to go back."""

    items: Sequence[FileView]
    total: int
    following: Mark | None = None
    before: Mark | None = None


@dataclass(frozen=True, slots=True)
class AssetPages:
    """Pages by where the last one ended, never by number."""

    files: FileReads

    async def __call__(
        self, scope: Scope, query: FileQuery, size: int, at: Mark | None = None, *, back: bool = False
    ) -> AssetPage:
        """Those behind the mark, or right before it."""
        asked = replace(query, sort=FileSort.OLDEST if back else FileSort.NEWEST)
        page = await self.files.page(scope, asked, PageRequest(1, size, at))
        more = page.next is not None
        items = list(reversed(page.items)) if back else list(page.items)
        first, last = (_mark(items[0]), _mark(items[-1])) if items else (at, at)
        newer = more if back else await self._any(scope, query, FileSort.OLDEST, first, at)
        older = more if not back else await self._any(scope, query, FileSort.NEWEST, last, at)
        return AssetPage(items, page.total, last if older else None, first if newer else None)

    async def _any(self, scope: Scope, query: FileQuery, sort: FileSort, mark: Mark | None, at: Mark | None) -> bool:
        """Whether anything lies beyond the mark; nothing does where the list was begun at its end."""
        if at is None or mark is None:
            return False
        page = await self.files.page(scope, replace(query, sort=sort), PageRequest(1, 1, mark))
        return bool(page.items)


def _mark(view: FileView) -> Mark:
    created: datetime = view.file.created_at
    return Mark(created, view.file.id)
