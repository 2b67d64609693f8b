"""Port: what was brought in, and what became of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID, uuid5


class IngestStatus(StrEnum):
    """Where an object stands."""

    WAITING = "waiting"
    KEPT = "kept"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """One object as it was at one time, for one project."""

    project_id: UUID
    source: str
    key: str
    etag: str

    @property
    def id(self) -> UUID:
        """The same for the same version, whoever sees it."""
        return uuid5(self.project_id, f"{len(self.source)} {self.source} {len(self.key)} {self.key} {self.etag}")


@dataclass(frozen=True, slots=True)
class IngestedObject:
    """What became of it; the latest one seen of a key is its newest version."""

    version: ObjectVersion
    seen_at: datetime
    size: int
    status: IngestStatus = IngestStatus.WAITING
    reason: str | None = None
    file_id: UUID | None = None


class Ingested(Protocol):
    """Objects brought in, inside a unit of work."""

    async def announce(self, objects: Sequence[IngestedObject]) -> Sequence[IngestedObject]:
        """Keep those that nobody has seen before, and answer them: of several who announce one, one is told."""
        ...

    async def get(self, version: ObjectVersion) -> IngestedObject | None:
        """What is known of it, or nothing."""
        ...

    async def settle(
        self,
        version: ObjectVersion,
        status: IngestStatus,
        *,
        file_id: UUID | None = None,
        reason: str | None = None,
    ) -> None:
        """What became of it; quiet when nobody has seen it."""
        ...


class IngestedReads(Protocol):
    """Objects brought in, to look at."""

    async def keys_of(self, file_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Under which key those of these files came in that are the newest of their key."""
        ...

    async def newest(self, project_id: UUID, source: str, key: str) -> IngestedObject | None:
        """The version of a key that was seen last, or nothing."""
        ...

    async def counts(self, project_id: UUID, source: str) -> Mapping[IngestStatus, int]:
        """How many stand where."""
        ...

    async def failed(self, project_id: UUID, source: str, limit: int) -> Sequence[IngestedObject]:
        """Those that could not be brought in, latest first."""
        ...
