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
    JOB_UPDATE = "job_update"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in a project.

    The store numbers events as they are written. Units that overlap may become visible in another order: one number
    may appear after a higher one, and some never do. Whoever reads on from a number must allow for that.
    `kind` is an `EventKind` when it is written; read, it may be one that only a newer program knows.
    """

    kind: str
    project_id: UUID
    at: datetime
    file_id: UUID | None = None
    job_id: UUID | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
