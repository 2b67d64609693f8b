"""Accounts and their sessions."""

import hashlib
import hmac
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.access import ROLE_PERMISSIONS, Role
from domain.errors import Conflict, FieldError, Forbidden, Invalid, Malformed, NotFound, NotSignedIn
from domain.passwords import password_errors
from domain.roles import NamedRole
from domain.usernames import reserved, username_errors

SESSIONS_TOPIC = "sessions"
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+@[^@\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
LONGEST_EMAIL = 254


class UsernameTaken(Conflict):
    """Somebody else has this username or email."""

    code = "username_taken"


class WrongCredentials(NotSignedIn):
    """Username and password do not belong together; which of them is wrong is not told."""

    code = "wrong_credentials"


class WrongPassword(Forbidden):
    """Somebody who is signed in does not know the account's password."""

    code = "wrong_password"


class PasswordChanged(Conflict):
    """Somebody else changed the password at the same time."""

    code = "password_changed"


class AccountDisabled(Forbidden):
    """The password is right, but the account was switched off."""

    code = "account_disabled"


class UserMissing(NotFound):
    """No such account for this caller."""

    code = "user_not_found"


class SessionMissing(NotFound):
    """No such session of this caller."""

    code = "session_not_found"


class RegistrationClosed(Forbidden):
    """Strangers do not make accounts here."""

    code = "registration_closed"


class NotToOneself(Malformed):
    """What a superuser may do to others, but not to their own account."""

    code = "not_to_oneself"


class LastSuperuser(Malformed):
    """Without this account nobody could govern the installation."""

    code = "last_superuser"


@dataclass(frozen=True, slots=True)
class User:
    """An account; without a password hash it signs in through a provider only."""

    id: UUID
    username: str
    email: str | None
    password_hash: str | None
    role: Role
    is_active: bool
    created_at: datetime
    updated_at: datetime
    links_since: datetime | None = None
    """Links made before that open nothing: whoever had the account then need not be its owner."""

    named_roles: tuple[NamedRole, ...] = ()

    @property
    def permissions(self) -> frozenset[str]:
        """What the role allows, and the named roles beside it."""
        return frozenset(ROLE_PERMISSIONS[self.role]).union(*(role.permissions for role in self.named_roles))

    @property
    def powers(self) -> tuple[object, ...]:
        """Whatever must not outlive a change in access tokens that are still good."""
        return self.role, self.permissions, self.password_hash, self.is_active


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in, kept alive by a chain of refresh tokens."""

    id: UUID
    user_id: UUID
    expires_at: datetime
    created_at: datetime
    last_used_at: datetime
    revoked_at: datetime | None = None
    ip: str | None = None
    user_agent: str | None = None

    def alive(self, now: datetime) -> bool:
        """Whether it still signs anybody in."""
        return self.revoked_at is None and now < self.expires_at

    def prolonged(self, now: datetime, lifetime: timedelta, longest: timedelta) -> "Session":
        """The same session, used again; at most so long after it began."""
        return replace(self, last_used_at=now, expires_at=min(now + lifetime, self.created_at + longest))


def hash_secret(secret: str) -> str:
    """How secrets of full entropy (refresh tokens, API keys) are stored."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def same_hash(left: str, right: str) -> bool:
    """Compare without telling how far they agree."""
    return hmac.compare_digest(left.encode(errors="surrogatepass"), right.encode(errors="surrogatepass"))


def check_credentials(username: str, password: str, email: str | None = None) -> None:
    """Refuse names and passwords no account may have."""
    _refuse([*username_errors(username), *password_errors(password, username, email)])


def check_password(password: str, *names: str | None, field: str = "password") -> None:
    """Refuse passwords that an account with these names and addresses may not have."""
    _refuse(password_errors(password, *names, field=field))


def check_not_reserved(username: str) -> None:
    """Refuse names that claim an authority which somebody who registers does not have."""
    if reserved(username):
        _refuse([FieldError("username", "is reserved; choose another")])


def check_email(email: str) -> None:
    """Refuse what cannot be an address."""
    if not (_EMAIL.fullmatch(email) and len(email) <= LONGEST_EMAIL):
        _refuse([FieldError("email", "must be an email address")])


def assignable(role: str, held: Role | None = None) -> Role:
    """A role that can be given to somebody, or the one they have; superusers are made at the command line only."""
    if role != held and role not in {Role.ADMIN, Role.USER}:
        _refuse([FieldError("role", "must be admin or user")])
    return Role(role)


def check_still_governed(actor_id: UUID, user: User, changed: User | None, superusers: Collection[User]) -> None:
    """Refuse changes (None: removal) by which a superuser would lose themselves, or everybody the last one."""
    governs = changed is not None and changed.role is Role.SU and changed.is_active
    if user.role is not Role.SU or governs:
        return
    if user.id == actor_id:
        raise NotToOneself("a superuser cannot remove, demote or disable their own account")
    if not any(other.id != user.id and other.is_active for other in superusers):
        raise LastSuperuser("this is the last superuser; make another one first")


def check_own_name(username: str, email: str | None) -> None:
    """Refuse a username that is an address of somebody else's."""
    if "@" in username and (email is None or username.casefold() != email.casefold()):
        _refuse([FieldError("username", "may be an email address only if it is the account's own")])


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        raise Invalid("; ".join(f"{e.field} {e.message}" for e in errors), errors=errors)
