"""Who may do what: the one place that answers, for every door."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.errors import Forbidden


class Role(StrEnum):
    """A named set of permissions every account has exactly one of."""

    SU = "su"
    ADMIN = "admin"
    USER = "user"


class Permission(StrEnum):
    """One thing somebody may do beyond what is their own."""

    USERS_MANAGE = "users_manage"
    PROJECTS_ALL = "projects_all"
    JOBS_VIEW = "jobs_view"
    AUDIT_VIEW = "audit_view"
    MEDIA_STORE_READ = "media_store_read"
    MEDIA_STORE_WRITE = "media_store_write"


ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.SU: frozenset(Permission),
    Role.ADMIN: frozenset(
        {
            Permission.JOBS_VIEW,
            Permission.AUDIT_VIEW,
            Permission.MEDIA_STORE_READ,
            Permission.MEDIA_STORE_WRITE,
        }
    ),
    Role.USER: frozenset({Permission.MEDIA_STORE_READ}),
}


class KeyScope(StrEnum):
    """What an API key may do inside its project."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class UserCaller:
    """A signed-in person."""

    user_id: UUID
    username: str
    role: Role
    permissions: frozenset[str]
    session_id: UUID | None = None

    def may(self, permission: Permission) -> bool:
        """Whether the permission is among theirs."""
        return permission in self.permissions


@dataclass(frozen=True, slots=True)
class KeyCaller:
    """A program that shows the API key of one project."""

    key_id: UUID
    project_id: UUID
    scopes: frozenset[KeyScope]


Caller = UserCaller | KeyCaller


@dataclass(frozen=True, slots=True)
class Scope:
    """Which projects a caller can see; what lies outside does not exist for them.

    `everything` sees all; otherwise the projects of `owner_id`, or the one `project_id`.
    """

    everything: bool = False
    owner_id: UUID | None = None
    project_id: UUID | None = None

    def covers(self, *, project_id: UUID, owner_id: UUID) -> bool:
        """Whether a project lies inside."""
        return self.everything or self.owner_id == owner_id or self.project_id == project_id


EVERYTHING = Scope(everything=True)


def require(caller: UserCaller, permission: Permission) -> None:
    """Refuse whoever lacks a permission."""
    if not caller.may(permission):
        raise Forbidden(f"this takes the permission '{permission}'")


def require_superuser(caller: UserCaller) -> None:
    """Refuse everybody but the superuser."""
    if caller.role is not Role.SU:
        raise Forbidden("only a superuser may do this")


def may_see_user(caller: UserCaller, user_id: UUID) -> bool:
    """Whether an account is the caller's to look at."""
    return caller.role is Role.SU or caller.user_id == user_id


def scope_of(caller: Caller) -> Scope:
    """The projects a caller may read."""
    match caller:
        case KeyCaller():
            return Scope(project_id=caller.project_id)
        case UserCaller() if caller.may(Permission.PROJECTS_ALL):
            return EVERYTHING
        case UserCaller():
            return Scope(owner_id=caller.user_id)


def require_write(caller: Caller) -> None:
    """Refuse a key that was made for reading only."""
    if isinstance(caller, KeyCaller) and KeyScope.WRITE not in caller.scopes:
        raise Forbidden("this API key may only read; use a key with the scope 'write'")


def require_read(caller: Caller) -> None:
    """Refuse a key that was made for writing only."""
    if isinstance(caller, KeyCaller) and KeyScope.READ not in caller.scopes:
        raise Forbidden("this API key may only write; use a key with the scope 'read'")
