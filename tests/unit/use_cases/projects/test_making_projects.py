"""New projects, and keys to them."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from adapters.memory.api_keys import MemoryApiKeyReads
from application.identity.remember import Remember
from application.projects.create_api_key import CreateApiKey
from application.projects.create_project import CreateProject
from domain.access import EVERYTHING, KeyScope, Role, UserCaller, scope_of
from domain.audit import AuditAction, Origin
from domain.errors import Forbidden, Invalid, NotSignedIn
from domain.identity import hash_secret
from domain.projects import UNLIMITED, ProjectMissing, TooManyProjects
from domain.settings import MIB, Visibility
from tests.unit.contracts.things import NOW, put, user
from tests.unit.use_cases.studio import Studio

pytestmark = pytest.mark.anyio

ANNA = UserCaller(UUID(int=1 << 100), "anna", Role.USER, frozenset())
SUPERUSER = UserCaller(UUID(int=2 << 100), "su", Role.SU, frozenset({"projects_all"}))
HERE = Origin(ANNA.user_id, "192.0.2.1", "curl")
DEFAULT = 100 * MIB


@pytest.fixture
async def studio() -> Studio:
    studio = await Studio().open()
    await put(studio.store, *(user(id=caller.user_id, username=caller.username) for caller in (ANNA, SUPERUSER)))
    return studio


def maker(studio: Studio, limit: int = DEFAULT, most: int = UNLIMITED) -> CreateProject:
    remember = Remember(studio.clock, studio.ids)
    return CreateProject(studio.store, studio.projects, remember, studio.clock, studio.ids, limit, most=most)


def key_maker(studio: Studio) -> CreateApiKey:
    return CreateApiKey(studio.store, Remember(studio.clock, studio.ids), studio.clock, studio.ids)


async def test_a_project_belongs_to_whoever_asks(studio: Studio) -> None:
    settings = {"visibility": "private", "variants": {"thumb": {"width": 10}}}
    made = await maker(studio)(ANNA, "Holiday Snäps!", HERE, settings=settings, description="sun")
    assert made == await studio.projects.get(scope_of(ANNA), made.id)
    assert (made.owner_id, made.slug, made.description) == (ANNA.user_id, "holiday-snaps", "sun")
    assert (made.created_at, made.updated_at, made.deleted_at) == (NOW, NOW, None)
    assert made.settings.visibility is Visibility.PRIVATE
    assert (made.storage_used_bytes, made.files_count, made.storage_limit_bytes) == (0, 0, DEFAULT)


async def test_it_is_written_into_the_audit_log(studio: Studio) -> None:
    made = await maker(studio)(ANNA, "Snaps", HERE, settings={})
    (line,) = studio.rows.rows.audit
    assert (line.action, line.subject, line.origin, line.project_id) == (
        AuditAction.PROJECT_CREATED, f"project:{made.id}", HERE, made.id
    )  # fmt: skip


async def test_wrong_settings_are_all_named_and_nothing_is_kept(studio: Studio) -> None:
    with pytest.raises(Invalid) as refused:
        await maker(studio)(ANNA, "Snaps", HERE, settings={"quota": "much", "colour": "red"})
    assert {error.field for error in refused.value.errors} == {"settings.quota", "settings.colour"}
    assert list(studio.rows.rows.projects) == [studio.project.id]
    assert studio.rows.rows.audit == []


@pytest.mark.parametrize(
    ("caller", "default", "quota", "limit"),
    [
        (ANNA, DEFAULT, 100, DEFAULT),
        (ANNA, DEFAULT, 0, 0),
        (ANNA, UNLIMITED, 5000, 5000 * MIB),
        (ANNA, UNLIMITED, -1, UNLIMITED),
        (SUPERUSER, DEFAULT, 101, 101 * MIB),
        (SUPERUSER, DEFAULT, -1, UNLIMITED),
        (SUPERUSER, DEFAULT, None, DEFAULT),
    ],
)
async def test_quotas(studio: Studio, caller: UserCaller, default: int, quota: int | None, limit: int) -> None:
    settings = {} if quota is None else {"quota": quota}
    assert (await maker(studio, default)(caller, "P", HERE, settings=settings)).storage_limit_bytes == limit


@pytest.mark.parametrize("quota", [101, -1])
async def test_more_than_the_default_is_the_superusers_to_grant(studio: Studio, quota: int) -> None:
    with pytest.raises(Forbidden, match="above 100 MiB"):
        await maker(studio)(ANNA, "P", HERE, settings={"quota": quota})


async def test_an_account_that_is_gone_makes_nothing(studio: Studio) -> None:
    ghost = replace(ANNA, user_id=uuid4())
    with pytest.raises(NotSignedIn):
        await maker(studio)(ghost, "P", HERE, settings={})
    assert list(studio.rows.rows.projects) == [studio.project.id]


async def test_nobody_has_more_projects_than_there_may_be_and_the_bin_counts(studio: Studio) -> None:
    make = maker(studio, most=2)
    first = await make(ANNA, "one", HERE, settings={})
    await make(ANNA, "two", HERE, settings={})
    with pytest.raises(TooManyProjects, match="2 projects and 0 in the bin"):
        await make(ANNA, "three", HERE, settings={})
    async with studio.store.begin() as unit:
        await unit.projects.save(first.deleted(NOW))
        await unit.commit()
    with pytest.raises(TooManyProjects, match="1 projects and 1 in the bin") as refused:
        await make(ANNA, "three", HERE, settings={})
    assert refused.value.code == "too_many_projects"
    async with studio.store.begin() as unit:
        await unit.projects.remove(first.id)
        await unit.commit()
    await make(ANNA, "three", HERE, settings={})


async def test_the_superuser_has_as_many_projects_as_they_like(studio: Studio) -> None:
    for _ in range(2):
        await maker(studio, most=0)(SUPERUSER, "P", HERE, settings={})
    with pytest.raises(TooManyProjects):
        await maker(studio, most=0)(ANNA, "P", HERE, settings={})


async def test_a_key_is_told_once_and_kept_as_a_hash(studio: Studio) -> None:
    made = await maker(studio)(ANNA, "P", HERE, settings={})
    key, secret = await key_maker(studio)(ANNA, made.id, "web", HERE)
    assert re.fullmatch(r"dk_[\w-]{43}", secret)
    assert secret.startswith(key.prefix)
    assert len(key.prefix) == 10
    assert (key.hash, key.scopes, key.is_active) == (hash_secret(secret), frozenset(KeyScope), True)
    assert secret not in repr(studio.rows.rows)
    assert await MemoryApiKeyReads(studio.rows).hashed(hash_secret(secret)) == key
    assert [line.action for line in studio.rows.rows.audit][-1] is AuditAction.KEY_CREATED


async def test_a_key_may_expire_but_not_in_the_past(studio: Studio) -> None:
    made = await maker(studio)(ANNA, "P", HERE, settings={})
    make = key_maker(studio)
    later = NOW + timedelta(seconds=1)
    key, _ = await make(ANNA, made.id, "web", HERE, expires_at=later, scopes=frozenset({KeyScope.READ}))
    assert (key.expires_at, key.scopes) == (later, frozenset({KeyScope.READ}))
    for past in (NOW, NOW - timedelta(days=1)):
        with pytest.raises(Invalid, match="past"):
            await make(ANNA, made.id, "web", HERE, expires_at=past)
    assert len(studio.rows.rows.api_keys) == 1


async def test_nobody_gets_a_key_to_what_is_not_theirs_or_in_the_bin(studio: Studio) -> None:
    make, errors = key_maker(studio), []
    for project_id in (studio.project.id, uuid4()):
        with pytest.raises(ProjectMissing) as refused:
            await make(ANNA, project_id, "web", HERE)
        errors.append(str(refused.value))
    assert len(set(errors)) == 1
    await studio.change(deleted_at=NOW)
    with pytest.raises(ProjectMissing):
        await make(SUPERUSER, studio.project.id, "web", HERE)
    assert studio.rows.rows.api_keys == {}
    assert studio.rows.rows.audit == []
    assert await studio.projects.get(EVERYTHING, studio.project.id)
