"""API keys: a program's way into one project."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.access import KeyScope

PREFIX = "dk_"
ALL_SCOPES = frozenset(KeyScope)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept: its secret is known by hash only, `prefix` is there for people to recognise it."""

    id: UUID
    project_id: UUID
    name: str
    prefix: str
    hash: str
    scopes: frozenset[KeyScope]
    is_active: bool
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None

    def usable(self, now: datetime) -> bool:
        """Whether it opens anything."""
        return self.is_active and (self.expires_at is None or now < self.expires_at)
