"""Slices of lists in memory."""

from collections.abc import Iterable
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


def page_of(things: Iterable[T], request: PageRequest) -> Page[T]:
    """A page, newest first."""
    newest_first = sorted(things, key=lambda thing: (thing.created_at, thing.id), reverse=True)
    return Page(newest_first[request.offset : request.offset + request.size], len(newest_first), request)
