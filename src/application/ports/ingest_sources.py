"""Port: where media are brought in from. It belongs to others: nothing is ever written to it."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from domain.errors import Conflict, NotFound


class SourceMissing(NotFound):
    """There is no such source, or no such object in it."""

    code = "source_missing"


class SourceChanged(Conflict):
    """The object is not what it was when it was listed."""

    code = "source_changed"


@dataclass(frozen=True, slots=True)
class SourceObject:
    """One object; its `etag` changes when its bytes do."""

    key: str
    etag: str
    size: int


class IngestSource(Protocol):
    """Objects under keys. A source that does not answer raises `Unavailable`."""

    @property
    def name(self) -> str:
        """Which one it is; the same key in another source is another object."""
        ...

    def list(self) -> AsyncGenerator[SourceObject, None]:
        """Every object, in bounded memory; `SourceMissing` when there is no such source."""
        ...

    async def stat(self, key: str) -> SourceObject:
        """One object, or `SourceMissing`."""
        ...

    def read(self, wanted: SourceObject) -> AsyncGenerator[bytes, None]:
        """Exactly the bytes that were listed, in chunks; `SourceChanged` when they are not there any more."""
        ...
