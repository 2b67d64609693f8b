"""API keys: a program's way into one project."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.access import KeyScope
from domain.errors import FieldError, Invalid, NotFound

PREFIX = "dk_"
ALL_SCOPES = frozenset(KeyScope)


class ApiKeyMissing(NotFound):
    """No such key in this project."""

    code = "api_key_not_found"


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


def check_expiry(expires_at: datetime | None, now: datetime) -> None:
    """Refuse an end that lies in the past."""
    if expires_at is not None and expires_at <= now:
        raise Invalid("expires_at lies in the past", errors=[FieldError("expires_at", "must lie in the future")])


def about_key(key_id: UUID) -> str:
    """A key as the subject of a note."""
    return f"key:{key_id}"
