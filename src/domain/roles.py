"""Named roles: sets of permissions, made by the superuser, that accounts may hold beside the one role they all have."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.access import Permission, Role
from domain.errors import Conflict, FieldError, Invalid, NotFound

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
# What a role may allow: whoever governs accounts governs everything, and superusers are made otherwise.
GRANTABLE = frozenset(permission.value for permission in Permission) - {Permission.USERS_MANAGE.value}


class RoleMissing(NotFound):
    """No role of this name."""

    code = "role_not_found"


class RoleTaken(Conflict):
    """There is a role of this name."""

    code = "role_taken"


@dataclass(frozen=True, slots=True)
class NamedRole:
    """A name for some permissions."""

    name: str
    permissions: frozenset[Permission]
    created_at: datetime
    updated_at: datetime
    description: str | None = None


def check_role_name(name: str) -> None:
    """Refuse names that are no names, or that every account has already."""
    if not _NAME.fullmatch(name) or name in {role.value for role in Role}:
        told = "must be of a-z, 0-9, '_' and '-', and none of su, admin, user"
        raise Invalid(f"name {told}", errors=[FieldError("name", told)])


def read_permissions(names: Iterable[str]) -> frozenset[Permission]:
    """Permissions from their names, every unknown one told."""
    wrong = sorted(set(names) - GRANTABLE)
    if wrong:
        told = f"unknown: {', '.join(wrong)}; there are {', '.join(sorted(GRANTABLE))}"
        raise Invalid(f"permissions {told}", errors=[FieldError("permissions", told)])
    return frozenset(Permission(name) for name in names)
