"""Port: how the work goes, told to whoever watches the service from outside."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from application.ports.backlog import Backlog
from domain.media_kinds import MediaKind


class JobOutcome(StrEnum):
    """What became of one try at a job."""

    COMPLETED = "completed"
    RETRIED = "retried"  # it will be tried again by itself
    FAILED = "failed"  # given up
    LOST = "lost"  # the lease ran out, somebody else has it
    DROPPED = "dropped"  # cancelled, or handed back at the end of the worker
    PUT_ASIDE = "put_aside"  # not even tried: it killed too many workers


class DecoderEnd(StrEnum):
    """Why a decoder process had to be replaced by another."""

    CRASH = "crash"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    RECYCLED = "recycled"  # it had done its share, or somebody else's file came
    DROPPED = "dropped"  # nobody waited for its answer any more


class Dependency(StrEnum):
    """What can fail us."""

    STORE = "store"
    DATABASE = "database"

    @property
    def operations(self) -> tuple[str, ...]:
        """What is asked of it; `wait` is the waiting for a connection."""
        if self is Dependency.STORE:
            return ("put", "read", "stat", "remove", "list", "move", "locate", "adopt", "check")
        return ("connect", "wait", "read", "write", "commit")


class Measures(Protocol):
    """Takes note of what happens; cheap, never raises, and never waits.

    What is passed as text comes from a small fixed set: no ids, no paths as clients wrote them.
    """

    def answered(self, *, route: str, method: str, status: int, seconds: float, received: int, sent: int) -> None:
        """A request came to its end, with so many bytes of bodies."""
        ...

    def uploaded(self, kind: MediaKind, size: int) -> None:
        """A file became visible."""
        ...

    def claimed(self, seconds: float, waited: Sequence[tuple[str, float]]) -> None:
        """A claim took so long; of each job it got: its kind, and for how many seconds it had been due."""
        ...

    def job_ended(self, kind: str, outcome: JobOutcome, seconds: float) -> None:
        """A try at a job came to its end."""
        ...

    def decoder_ended(self, why: DecoderEnd) -> None:
        """A decoder process is gone, and the next call starts another."""
        ...

    def failed(self, what: Dependency, operation: str) -> None:
        """Something we depend on did not do what it is there for."""
        ...


class MeasuresPage(Protocol):
    """All that was measured, written down for a collector."""

    @property
    def media_type(self) -> str:
        """What `write` gives."""
        ...

    async def write(self, backlog: Backlog | None) -> bytes:
        """Everything as of now, with the queue as it stands; None where that is not known."""
        ...
