"""Pages: a slice of a list, and how long the whole is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)

LARGEST_PAGE = 100


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which slice is wanted, counted from 1."""

    number: int = 1
    size: int = 10

    @property
    def offset(self) -> int:
        """How many items lie before it."""
        return (self.number - 1) * self.size


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """A slice and the length of the whole."""

    items: Sequence[T_co]
    total: int
    request: PageRequest

    @property
    def pages(self) -> int:
        """How many slices the whole makes."""
        return -(-self.total // self.request.size)
