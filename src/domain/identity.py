"""Accounts and their sessions."""

import hashlib
import hmac
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.access import ROLE_PERMISSIONS, Role
from domain.errors import Conflict, FieldError, Forbidden, Invalid, NotSignedIn

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 128
_USERNAME = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,254}")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


class UsernameTaken(Conflict):
    """Somebody else has this username or email."""

    code = "username_taken"


class WrongCredentials(NotSignedIn):
    """Username and password do not belong together; which of them is wrong is not told."""

    code = "wrong_credentials"


class AccountDisabled(Forbidden):
    """The password is right, but the account was switched off."""

    code = "account_disabled"


@dataclass(frozen=True, slots=True)
class User:
    """An account."""

    id: UUID
    username: str
    email: str | None
    password_hash: str
    role: Role
    is_active: bool
    created_at: datetime
    updated_at: datetime

    @property
    def permissions(self) -> frozenset[str]:
        """What the role allows."""
        return frozenset(ROLE_PERMISSIONS[self.role])


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in, kept alive by refresh tokens of which only hashes are stored."""

    id: UUID
    user_id: UUID
    refresh_hash: str
    expires_at: datetime
    created_at: datetime
    last_used_at: datetime
    revoked_at: datetime | None = None
    ip: str | None = None
    user_agent: str | None = None

    def alive(self, now: datetime) -> bool:
        """Whether it still signs anybody in."""
        return self.revoked_at is None and now < self.expires_at

    def rotated(self, refresh_hash: str, now: datetime, lifetime: timedelta) -> "Session":
        """The same session under its next refresh token."""
        return replace(self, refresh_hash=refresh_hash, last_used_at=now, expires_at=now + lifetime)


def hash_secret(secret: str) -> str:
    """How secrets of full entropy (refresh tokens, API keys) are stored."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def same_hash(left: str, right: str) -> bool:
    """Compare without telling how far they agree."""
    return hmac.compare_digest(left.encode(errors="surrogatepass"), right.encode(errors="surrogatepass"))


def checked_credentials(username: str, password: str) -> None:
    """Refuse names and passwords no account may have."""
    errors = []
    if not _USERNAME.fullmatch(username):
        errors.append(
            FieldError("username", "must have 1 to 254 characters, no spaces or control characters among them")
        )
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        errors.append(FieldError("password", f"must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters"))
    elif _LONE_SURROGATE.search(password):
        errors.append(FieldError("password", "must be made of whole characters"))
    if errors:
        raise Invalid("; ".join(f"{e.field} {e.message}" for e in errors), errors=errors)
