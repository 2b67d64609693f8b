"""Port: files with their variants."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.access import Scope
from domain.media import FileStatus, MediaFile, Variant
from domain.media_kinds import MediaKind
from domain.pages import Page, PageRequest


class Files(Protocol):
    """Files, inside a unit of work: also pending ones, and those of a project in the bin."""

    async def add(self, file: MediaFile) -> None:
        """Keep a new file and its variants."""
        ...

    async def get(self, scope: Scope, file_id: UUID) -> MediaFile | None:
        """The file with its variants by name, held against other units until this one ends; or nothing."""
        ...

    async def save(self, file: MediaFile) -> None:
        """Replace what is kept of a file, its variants excepted; `FileMissing` when it is gone."""
        ...

    async def save_variants(self, file_id: UUID, variants: Sequence[Variant], *, drop: Sequence[str] = ()) -> None:
        """Add or replace these variants, one of each name, and forget those named in `drop`."""
        ...

    async def remove(self, file_id: UUID) -> bool:
        """Forget a file and its variants; whether there was one."""
        ...


@dataclass(frozen=True, slots=True)
class FileQuery:
    """Which files are wanted; `text` is looked for in names, letter case ignored, taken literally."""

    project_id: UUID | None = None
    kind: MediaKind | None = None
    status: FileStatus | None = None
    text: str | None = None


class FileReads(Protocol):
    """Files, to look at; pending ones and those of a project in the bin are not there."""

    async def get(self, scope: Scope, file_id: UUID) -> MediaFile | None:
        """The file with its variants by name, or nothing."""
        ...

    async def page(self, scope: Scope, query: FileQuery, request: PageRequest) -> Page[MediaFile]:
        """Files with their variants, newest first."""
        ...

    async def holding(self, key: str) -> MediaFile | None:
        """The file whose original or variant lies under this object key."""
        ...
