"""Pages: a slice of a list, and how long the whole is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

T_co = TypeVar("T_co", covariant=True)

LARGEST_PAGE = 100


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a list goes on: behind the item with this id, which has this value by which the list is sorted."""

    value: datetime | str | int
    id: UUID


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which slice is wanted, counted from 1; with `after` it begins there, however deep that lies."""

    number: int = 1
    size: int = 10
    after: Mark | None = None

    @property
    def offset(self) -> int:
        """How many items lie before it."""
        return (self.number - 1) * self.size


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """A slice and the length of the whole; `next` is where the list goes on, where it can be gone on with."""

    items: Sequence[T_co]
    total: int
    request: PageRequest
    next: Mark | None = None

    @property
    def pages(self) -> int:
        """How many slices the whole makes."""
        return -(-self.total // self.request.size)
