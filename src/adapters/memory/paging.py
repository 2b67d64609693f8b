"""Slices of lists in memory."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from domain.pages import Page, PageRequest


class Dated(Protocol):
    """Anything that was made at some time."""

    @property
    def id(self) -> UUID:
        """Its id."""
        ...

    @property
    def created_at(self) -> datetime:
        """When it was made."""
        ...


T = TypeVar("T", bound=Dated)
Anything = TypeVar("Anything")


def page_of(things: Iterable[T], request: PageRequest) -> Page[T]:
    """A page, newest first."""
    return slice_of(sorted(things, key=lambda thing: (thing.created_at, thing.id), reverse=True), request)


def slice_of(ordered: Sequence[Anything], request: PageRequest) -> Page[Anything]:
    """A page of what is in order already."""
    return Page(ordered[request.offset : request.offset + request.size], len(ordered), request)
