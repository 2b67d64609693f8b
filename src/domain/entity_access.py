"""Who may use the library's entities: three modes, two permissions, and an admin flag that passes them all."""

from dataclasses import dataclass, field
from enum import StrEnum

from domain.errors import Forbidden


class EntityNeed(StrEnum):
    """What a request wants to do, by the permission it takes."""

    READ = "media_store_read"
    WRITE = "media_store_write"


@dataclass(frozen=True, slots=True)
class EntityMode:
    """Which requests show a token at all; by default those that write."""

    auth_disabled: bool = False
    read_auth_enabled: bool = False

    def is_open(self, need: EntityNeed) -> bool:
        """Whether everybody may, so that no token is even looked at."""
        return self.auth_disabled or (need is EntityNeed.READ and not self.read_auth_enabled)


@dataclass(frozen=True, slots=True)
class EntityClaims:
    """What a valid token says, whoever issued it."""

    subject: str
    permissions: frozenset[str] = field(default_factory=frozenset)
    is_admin: bool = False

    def require(self, need: EntityNeed) -> None:
        """Refuse a token that does not allow it."""
        if not self.is_admin and need.value not in self.permissions:
            raise Forbidden(f"this takes the permission '{need}'")
