"""Port: how the queue stands as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class JobState(StrEnum):
    """Where jobs stand, as `domain.jobs.JobCounts` tells them apart."""

    WAITING = "waiting"
    DELAYED = "delayed"
    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Standing:
    """How many jobs of one kind stand at one place; of those waiting, for how many seconds the oldest has been due."""

    kind: str
    state: JobState
    jobs: int
    longest: float = 0.0


UNFINISHED = frozenset({JobState.WAITING, JobState.DELAYED, JobState.ACTIVE})
ENDED = frozenset(JobState) - UNFINISHED


@dataclass(frozen=True, slots=True)
class Backlog:
    """What was counted, and in which states; how many jobs stand in the others is not known."""

    standings: Sequence[Standing]
    counted: frozenset[JobState]


class BacklogReads(Protocol):
    """The jobs of all projects and of none, counted by kind; kinds without any are left out."""

    async def unfinished(self) -> Sequence[Standing]:
        """Those waiting, delayed and active; costs as much as there are such, whatever has ended."""
        ...

    async def ended(self) -> Sequence[Standing]:
        """Those completed, failed and cancelled; costs as much as there are jobs."""
        ...
