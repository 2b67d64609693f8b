"""Events: what happened, written together with the change that made it happen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class EventKind(StrEnum):
    """What can have happened."""

    FILE_UPLOADED = "file_uploaded"
    FILE_READY = "file_ready"
    FILE_FAILED = "file_failed"
    VARIANT_READY = "variant_ready"
    VARIANT_FAILED = "variant_failed"
    VARIANT_DROPPED = "variant_dropped"
    ORIGINAL_DELETED = "original_deleted"
    FILE_DELETED = "file_deleted"
    JOB_UPDATE = "job_update"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in a project.

    `kind` is an `EventKind` when it is written; read, it may be one that only a newer program knows. What happens
    to the installation as a whole has no project.
    """

    kind: str
    project_id: UUID | None
    at: datetime
    file_id: UUID | None = None
    job_id: UUID | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the log: everything before it has been seen, and nothing ever appears before it any more.

    Numbers follow the writing and not the commits, so the number of the transaction comes first.
    """

    transaction: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event and its place in the log."""

    position: Position
    event: Event
