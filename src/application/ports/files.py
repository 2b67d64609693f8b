"""Port: files with their variants."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.access import Scope
from domain.media import FileStatus, MediaFile, Variant
from domain.media_kinds import MediaKind
from domain.pages import Page, PageRequest
from domain.settings import StripMetadata, Visibility


class Files(Protocol):
    """Files, inside a unit of work: also pending ones, and those of a project in the bin.

    A key that a variant gives up, because it gets another or is dropped, still leads to its file (`holding`).
    """

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
        """Forget a file, its variants and the keys they had; whether there was one."""
        ...


class FileFacts(Protocol):
    """What a unit of work must know about the files of a project, before it changes one."""

    async def reserved(self, project_id: UUID, *, but: UUID | None = None) -> int:
        """How many bytes are kept free for files on their way and for uploads that are announced, all together.

        An announced upload counts until it is a file on its way, is completed or counts as abandoned by the
        database's clock; the one named by `but` does not.
        """
        ...

    async def same_bytes(self, project_id: UUID, sha256: str) -> Sequence[MediaFile]:
        """The visible files of a project with this content, oldest first."""
        ...

    async def once_named(self, file_id: UUID) -> frozenset[str]:
        """The names under which this file has, or ever had, a variant with a key."""
        ...

    async def former_keys(self, file_id: UUID) -> frozenset[str]:
        """The keys that variants of this file gave up: something may still lie there."""
        ...


class FileSort(StrEnum):
    """What a list of files is sorted by; with a minus the largest comes first."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    NAME = "filename"
    NAME_BACKWARDS = "-filename"
    LARGEST = "-size"
    SMALLEST = "size"


@dataclass(frozen=True, slots=True)
class FileQuery:
    """Which files are wanted; `text` is looked for in names, letter case ignored, taken literally.

    `mime_type` may end with `/*`.
    """

    project_id: UUID | None = None
    kind: MediaKind | None = None
    status: FileStatus | None = None
    text: str | None = None
    sha256: str | None = None
    sort: FileSort = FileSort.NEWEST
    mime_type: str | None = None


@dataclass(frozen=True, slots=True)
class FileView:
    """A file, and what of its project decides how it is shown."""

    file: MediaFile
    owner_id: UUID
    visibility: Visibility
    strip: StripMetadata = StripMetadata.ALL


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whose key this is: a variant's, or the original's (None); not `current` when the variant has another by now.

    A variant that was dropped since may not be among the file's any more.
    """

    view: FileView
    variant: str | None
    current: bool


class FileReads(Protocol):
    """Files, to look at; pending ones and those of a project in the bin are not there."""

    async def get(self, scope: Scope, file_id: UUID) -> FileView | None:
        """The file with its variants by name, or nothing."""
        ...

    async def page(self, scope: Scope, query: FileQuery, request: PageRequest) -> Page[FileView]:
        """Files with their variants, in the order asked for; equal ones by id.

        `next` is set while there are more. Going on from it misses nothing that stood behind it and shows nothing
        twice, whatever comes and goes meanwhile, and costs the same however deep it lies.
        """
        ...

    async def holding(self, key: str) -> KeyHolder | None:
        """The file whose original or variant lies under this object key, or once lay there."""
        ...


class FileBatches(Protocol):
    """Files in batches, for work that goes through many: all there are, pending ones and those in the bin included."""

    async def of_project(self, project_id: UUID, *, after: UUID | None, limit: int) -> Sequence[MediaFile]:
        """Files with their variants by id, from behind `after` on."""
        ...

    async def every(self, *, after: UUID | None, limit: int) -> Sequence[MediaFile]:
        """Files of all projects with their variants by id, from behind `after` on."""
        ...

    async def abandoned(self, *, for_longer_than: timedelta, limit: int) -> Sequence[MediaFile]:
        """Files whose bytes have been on their way for so long, by the database's clock, oldest first."""
        ...

    async def known(self, keys: Collection[str]) -> frozenset[str]:
        """Those of the keys under which an original or a variant lies, or will; not those of originals given up."""
        ...

    async def lying_open(self, project_id: UUID) -> bool:
        """Whether any file of a project lies under a key that is none apart (`object_keys.is_apart`)."""
        ...

    async def given_up(self, keys: Collection[str], *, since: datetime) -> frozenset[str]:
        """Those of the keys that variants gave up, of files that changed since then (`updated_at`)."""
        ...
