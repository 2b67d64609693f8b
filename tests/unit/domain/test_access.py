"""Who may do what."""

from uuid import UUID

import pytest

from domain.access import (
    EVERYTHING,
    ROLE_PERMISSIONS,
    Caller,
    KeyCaller,
    KeyScope,
    Permission,
    Role,
    Scope,
    UserCaller,
    require_read,
    require_write,
    scope_of,
)
from domain.errors import Forbidden
from tests.tables import over_rows

MINE, THEIRS, PROJECT, ELSEWHERE, KEY = (UUID(int=n) for n in range(1, 6))


def user(role: Role = Role.USER, permissions: frozenset[str] | None = None) -> UserCaller:
    granted = frozenset[str](ROLE_PERMISSIONS[role]) if permissions is None else permissions
    return UserCaller(MINE, "me", role, granted)


def key(*scopes: KeyScope) -> KeyCaller:
    return KeyCaller(KEY, PROJECT, frozenset(scopes))


HOLDERS: list[tuple[Permission, set[Role]]] = [
    (Permission.USERS_MANAGE, {Role.SU}),
    (Permission.PROJECTS_ALL, {Role.SU}),
    (Permission.JOBS_VIEW, {Role.SU, Role.ADMIN}),
    (Permission.AUDIT_VIEW, {Role.SU, Role.ADMIN}),
    (Permission.MEDIA_STORE_WRITE, {Role.SU, Role.ADMIN}),
    (Permission.MEDIA_STORE_READ, {Role.SU, Role.ADMIN, Role.USER}),
]


@over_rows(("permission", "roles"), HOLDERS)
def test_each_permission_belongs_to_these_roles(permission: Permission, roles: set[Role]) -> None:
    assert {role for role in Role if user(role).may(permission)} == roles


def test_no_permission_is_left_out_of_the_table_above() -> None:
    assert sorted(permission for permission, _ in HOLDERS) == sorted(Permission)


def test_what_counts_is_the_permission_not_the_name_of_the_role() -> None:
    assert not user(Role.SU, frozenset()).may(Permission.PROJECTS_ALL)
    assert user(Role.USER, frozenset({"projects_all"})).may(Permission.PROJECTS_ALL)


@over_rows(
    ("caller", "scope"),
    [
        (user(Role.SU), EVERYTHING),
        (user(Role.ADMIN), Scope(owner_id=MINE)),
        (user(Role.USER), Scope(owner_id=MINE)),
        (key(KeyScope.READ), Scope(project_id=PROJECT)),
        (key(), Scope(project_id=PROJECT)),
    ],
)
def test_what_a_caller_sees(caller: Caller, scope: Scope) -> None:
    assert scope_of(caller) == scope


@over_rows(
    ("scope", "own", "same_owner", "same_id", "foreign"),
    [
        (EVERYTHING, True, True, True, True),
        (Scope(owner_id=MINE), True, True, False, False),
        (Scope(project_id=PROJECT), True, False, True, False),
        (Scope(), False, False, False, False),
    ],
)
def test_what_lies_inside_a_scope(scope: Scope, own: bool, same_owner: bool, same_id: bool, foreign: bool) -> None:
    assert scope.covers(project_id=PROJECT, owner_id=MINE) is own
    assert scope.covers(project_id=ELSEWHERE, owner_id=MINE) is same_owner
    assert scope.covers(project_id=PROJECT, owner_id=THEIRS) is same_id
    assert scope.covers(project_id=ELSEWHERE, owner_id=THEIRS) is foreign


@over_rows(
    ("caller", "reads", "writes"),
    [
        (user(), True, True),
        (key(KeyScope.READ, KeyScope.WRITE), True, True),
        (key(KeyScope.READ), True, False),
        (key(KeyScope.WRITE), False, True),
        (key(), False, False),
    ],
)
def test_a_key_does_what_its_scopes_say(caller: Caller, reads: bool, writes: bool) -> None:
    for require, allowed, scope in ((require_read, reads, "'read'"), (require_write, writes, "'write'")):
        if allowed:
            require(caller)
        else:
            with pytest.raises(Forbidden, match=scope):
                require(caller)
