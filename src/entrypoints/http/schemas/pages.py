"""Pages, as clients ask for them and see them."""

from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, Field

from domain.pages import LARGEST_PAGE, Page, PageRequest

T = TypeVar("T")

MOST_PAGES = 10_000_000


class PageQuery(BaseModel):
    """Which page is wanted."""

    page: Annotated[int, Field(ge=1, le=MOST_PAGES)] = 1
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 10

    def request(self) -> PageRequest:
        """As the domain says it."""
        return PageRequest(self.page, self.limit)


class PageBody(BaseModel, Generic[T]):
    """One page of a list."""

    data: list[T]
    total_items: int
    total_pages: int
    current_page: int
    page_size: int


def slice_of(items: Sequence[T], request: PageRequest) -> Page[T]:
    """A page of a list that is short enough to be had whole."""
    return Page(items[request.offset : request.offset + request.size], len(items), request)


def page_body(page: Page[object], data: list[T]) -> PageBody[T]:
    """A page with its items as clients see them."""
    return PageBody(
        data=data,
        total_items=page.total,
        total_pages=page.pages,
        current_page=page.request.number,
        page_size=page.request.size,
    )
