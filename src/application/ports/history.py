"""Port: forgetting what is too old to matter."""

from datetime import timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Past(StrEnum):
    """What piles up."""

    JOBS = "jobs"
    EVENTS = "events"
    AUDIT = "audit"
    SESSIONS = "sessions"
    REPLAYS = "replays"
    OAUTH_STATES = "oauth_states"


class History(Protocol):
    """What is over: jobs that ended, sessions that cannot be gone on with, and all that was merely written down."""

    async def forget(self, what: Past, *, older_than: timedelta, limit: int) -> int:
        """Forget up to so many of what has been over for longer, by the database's clock; how many they were."""
        ...

    async def forget_project(self, project_id: UUID, *, limit: int) -> int:
        """Forget up to so many events, as many jobs and as many completed uploads of a project that is being erased.

        How many they were. The job that erases it stays, and so do uploads for which something may still be sent
        (`domain.inbox.LATE`), and what somebody is changing at this moment may.
        """
        ...
