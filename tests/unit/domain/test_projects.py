"""What a project has room for, and who may widen it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import ROLE_PERMISSIONS, Role, UserCaller
from domain.errors import Forbidden
from domain.projects import (
    RESTORABLE_FOR,
    UNLIMITED,
    Project,
    QuotaExceeded,
    VisibilityFixed,
    allowed_limit,
    check_limit,
    check_move,
    limit_of,
    quota_of,
)
from domain.settings import LARGEST_QUOTA, MIB, read_settings
from tests.tables import over_rows

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROJECT = Project(UUID(int=1), UUID(int=2), "Shop", "shop", NOW, NOW)


def caller(role: Role) -> UserCaller:
    return UserCaller(UUID(int=2), "anna", role, frozenset(ROLE_PERMISSIONS[role]))


@over_rows(
    ("used", "limit", "size", "fits"),
    [
        (0, 100, 100, True),
        (0, 100, 101, False),
        (99, 100, 1, True),
        (100, 100, 0, True),
        (100, 100, 1, False),
        (150, 100, 0, False),
        (0, 0, 0, True),
        (0, 0, 1, False),
        (1 << 60, UNLIMITED, 1 << 60, True),
    ],
)
def test_what_fits(used: int, limit: int, size: int, fits: bool) -> None:
    project = replace(PROJECT, storage_used_bytes=used, storage_limit_bytes=limit)
    assert project.room_for(size) is fits
    if fits:
        project.require_room(size)
    else:
        with pytest.raises(QuotaExceeded, match=f"{limit} bytes.*{used};.*{size} more") as refused:
            project.require_room(size)
        assert refused.value.code == "quota_exceeded"


DEFAULT = 10 * MIB


@over_rows("role", Role)
@over_rows(
    ("quota", "default", "limit"),
    [
        (None, DEFAULT, DEFAULT),
        (None, UNLIMITED, UNLIMITED),
        (0, DEFAULT, 0),
        (9, DEFAULT, 9 * MIB),
        (10, DEFAULT, DEFAULT),
        (10, UNLIMITED, DEFAULT),
        (UNLIMITED, UNLIMITED, UNLIMITED),
    ],
)
def test_anybody_may_stay_within_the_default(role: Role, quota: int | None, default: int, limit: int) -> None:
    assert allowed_limit(caller(role), quota, default) == limit


@pytest.mark.parametrize(("quota", "limit"), [(11, 11 * MIB), (UNLIMITED, UNLIMITED)])
def test_more_than_the_default_is_the_superusers_to_grant(quota: int, limit: int) -> None:
    assert allowed_limit(caller(Role.SU), quota, DEFAULT) == limit
    for role in (Role.ADMIN, Role.USER):
        with pytest.raises(Forbidden, match="10 MiB") as refused:
            allowed_limit(caller(role), quota, DEFAULT)
        assert [error.field for error in refused.value.errors] == ["settings.quota"]


@given(st.integers(UNLIMITED, LARGEST_QUOTA))
def test_every_limit_fits_into_a_database_column(quota: int) -> None:
    assert UNLIMITED <= allowed_limit(caller(Role.SU), quota, DEFAULT) < 1 << 63


def test_deleting_says_when_and_forgets_nothing() -> None:
    later = datetime(2026, 2, 1, tzinfo=UTC)
    assert PROJECT.deleted(later) == replace(PROJECT, deleted_at=later, updated_at=later)


def test_what_is_restored_is_as_it_was() -> None:
    binned = PROJECT.deleted(NOW)
    assert (PROJECT.open, binned.open, binned.restored(NOW).open) == (True, False, True)
    assert binned.restored(NOW) == PROJECT


@pytest.mark.parametrize(
    ("after", "restorable"),
    [(timedelta(0), True), (RESTORABLE_FOR - timedelta(microseconds=1), True), (RESTORABLE_FOR, False)],
)
def test_the_bin_keeps_things_for_a_while(after: timedelta, restorable: bool) -> None:
    assert PROJECT.deleted(NOW).restorable(NOW + after) is restorable
    assert not PROJECT.restorable(NOW + after)


def test_what_is_being_erased_is_never_seen_again() -> None:
    later = NOW + timedelta(seconds=1)
    erasing = PROJECT.deleted(NOW).erasing(later)
    assert (erasing.deleted_at, erasing.erasing_at) == (NOW, later)
    assert PROJECT.erasing(later).deleted_at == later
    assert not erasing.open
    assert not erasing.restorable(later)
    assert not erasing.restored(later).open


@given(st.integers(UNLIMITED, LARGEST_QUOTA))
@pytest.mark.slow
def test_a_quota_is_a_limit_in_other_units(quota: int) -> None:
    assert quota_of(limit_of(quota)) == quota


@over_rows(("limit", "quota"), [(1, None), (MIB - 1, None), (MIB + 1, None), (0, 0), (MIB, 1)])
def test_not_every_limit_is_a_quota(limit: int, quota: int | None) -> None:
    assert quota_of(limit) == quota


@over_rows(
    ("limit", "now", "granted"),
    [
        (DEFAULT, 0, True),
        (DEFAULT + 1, 0, False),
        (DEFAULT + 2, DEFAULT + 2, True),
        (DEFAULT + 1, DEFAULT + 2, True),
        (DEFAULT + 3, DEFAULT + 2, False),
        (UNLIMITED, DEFAULT + 2, False),
        (UNLIMITED, UNLIMITED, True),
        (DEFAULT + 1, UNLIMITED, True),
    ],
)
def test_what_is_there_already_can_be_kept(limit: int, now: int, granted: bool) -> None:
    check_limit(caller(Role.SU), limit, DEFAULT, "x", now=now)
    check_limit(caller(Role.USER), limit, UNLIMITED, "x", now=now)
    if granted:
        check_limit(caller(Role.USER), limit, DEFAULT, "x", now=now)
        return
    with pytest.raises(Forbidden) as refused:
        check_limit(caller(Role.USER), limit, DEFAULT, "x", now=now)
    assert [error.field for error in refused.value.errors] == ["x"]


def test_where_everything_is_public_nothing_can_be_private() -> None:
    public = replace(PROJECT, settings=read_settings({}), files_count=1)
    private = replace(public, settings=read_settings({"visibility": "private"}))
    for before, after in ((private, public), (public, private)):
        with pytest.raises(VisibilityFixed):
            check_move(before, after, public_bucket=True)
        check_move(before, after, public_bucket=False)
        check_move(replace(before, files_count=0), after, public_bucket=True)
        check_move(before, replace(before, name="another"), public_bucket=True)


@over_rows(("limit", "used", "left"), [(UNLIMITED, 9, None), (10, 4, 6), (10, 10, 0), (10, 12, 0)])
def test_how_much_room_is_left(limit: int, used: int, left: int | None) -> None:
    assert replace(PROJECT, storage_limit_bytes=limit, storage_used_bytes=used).room_left == left
