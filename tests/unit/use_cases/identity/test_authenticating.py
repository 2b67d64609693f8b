"""Finding out who asks."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from adapters.crypto.access_tokens import JwtAccessTokens
from adapters.crypto.key_ring import KeyRing
from application.identity.authenticate import Authenticate
from application.ports.access_tokens import AccessTokens, Claims
from application.ports.api_keys import ApiKeyReads
from application.projects.create_api_key import CreateApiKey
from domain.access import KeyCaller, KeyScope, UserCaller
from domain.api_keys import ApiKey
from domain.errors import Invalid, NotSignedIn
from domain.identity import User
from domain.pages import Page, PageRequest
from domain.projects import Project, ProjectMissing
from tests.tables import over_rows
from tests.unit.contracts.things import project, put
from tests.unit.use_cases.identity.house import SECOND, SOMEWHERE, House, asking

pytestmark = pytest.mark.anyio

MINUTE = 60 * SECOND


class CountedTokens:
    """Access tokens, with a count of how often one was verified."""

    def __init__(self, real: AccessTokens) -> None:
        self.real, self.reads = real, 0

    async def issue(self, claims: Claims) -> str:
        return await self.real.issue(claims)

    async def read(self, token: str) -> Claims:
        self.reads += 1
        return await self.real.read(token)

    async def public_keys(self) -> list[dict[str, object]]:
        return list(await self.real.public_keys())


class CountedKeys:
    """API keys, with a note of when they were touched."""

    def __init__(self, real: ApiKeyReads) -> None:
        self.real = real
        self.touched: list[datetime] = []

    async def hashed(self, key_hash: str) -> ApiKey | None:
        return await self.real.hashed(key_hash)

    async def page(self, project_id: UUID, request: PageRequest) -> Page[ApiKey]:
        return await self.real.page(project_id, request)

    async def touch(self, key_id: UUID, at: datetime) -> None:
        self.touched.append(at)
        await self.real.touch(key_id, at)


@pytest.fixture
def counted_tokens(house: House) -> CountedTokens:
    return CountedTokens(house.access_tokens)


@pytest.fixture
def counted_keys(house: House) -> CountedKeys:
    return CountedKeys(house.api_keys)


@pytest.fixture
def authenticate(house: House, counted_tokens: CountedTokens, counted_keys: CountedKeys) -> Authenticate:
    return Authenticate(counted_tokens, house.live_sessions, counted_keys, house.clock)


@pytest.fixture
async def anna(house: House) -> User:
    return await house.somebody()


@pytest.fixture
async def home(house: House, anna: User) -> Project:
    kept = project(owner_id=anna.id)
    await put(house.store, kept)
    return kept


@pytest.fixture
def create_key(house: House) -> CreateApiKey:
    return CreateApiKey(house.store, house.remember, house.clock, house.ids)


async def refused(authenticate: Authenticate, secret: str) -> None:
    with pytest.raises(NotSignedIn):
        await authenticate(secret)


async def test_a_token_tells_who_asks_and_is_verified_once(
    house: House, authenticate: Authenticate, counted_tokens: CountedTokens, anna: User
) -> None:
    tokens = await house.signed_in()
    session_id = (await house.claims(tokens)).session_id
    for _ in range(100):
        assert await authenticate(tokens.access_token) == replace(asking(anna), session_id=session_id)
    assert counted_tokens.reads == 1


async def test_a_verified_token_expires_all_the_same(house: House, authenticate: Authenticate, anna: User) -> None:
    tokens = await house.signed_in()
    house.clock.advance(15 * MINUTE - SECOND)
    await authenticate(tokens.access_token)
    house.clock.advance(SECOND)
    await refused(authenticate, tokens.access_token)


async def test_a_verified_token_dies_with_its_session(house: House, authenticate: Authenticate, anna: User) -> None:
    here, there = await house.signed_in(), await house.signed_in()
    for each in (here, there):
        await authenticate(each.access_token)
    await house.end_sessions.by_refresh_token(here.refresh_token, SOMEWHERE)
    house.clock.advance(SECOND)
    await refused(authenticate, here.access_token)
    assert isinstance(await authenticate(there.access_token), UserCaller)


async def test_all_tokens_of_a_session_die_by_reuse(house: House, authenticate: Authenticate, anna: User) -> None:
    tokens = [await house.signed_in()]
    for _ in range(3):
        tokens.append(await house.refresh(tokens[-1].refresh_token, SOMEWHERE))
        await authenticate(tokens[-1].access_token)
    await refused_refresh(house, tokens[0].refresh_token)
    house.clock.advance(SECOND)
    for each in tokens:
        await refused(authenticate, each.access_token)


async def refused_refresh(house: House, token: str) -> None:
    with pytest.raises(NotSignedIn):
        await house.refresh(token, SOMEWHERE)


async def test_a_refresh_token_is_no_access_token(house: House, authenticate: Authenticate, anna: User) -> None:
    await refused(authenticate, (await house.signed_in()).refresh_token)


@over_rows("secret", ["", "x", "dk_", "dk_unknown", "a.b.c", "\ud800", "dk_\ud800", "x" * 10_000])
async def test_nonsense_signs_nobody_in(authenticate: Authenticate, secret: str) -> None:
    await refused(authenticate, secret)


async def test_a_stranger_cannot_sign_for_us(house: House, authenticate: Authenticate, anna: User) -> None:
    claims = await house.claims(await house.signed_in())
    stranger = JwtAccessTokens(KeyRing(house.secrets, house.clock), house.clock, "another secret")
    await refused(authenticate, await stranger.issue(claims))


@pytest.mark.parametrize("scopes", [frozenset({KeyScope.READ}), frozenset(KeyScope)])
async def test_a_key_is_its_project(
    house: House, authenticate: Authenticate, create_key: CreateApiKey, anna: User, home: Project,
    scopes: frozenset[KeyScope],
) -> None:  # fmt: skip
    key, secret = await create_key(asking(anna), home.id, "ci", SOMEWHERE, scopes=scopes)
    assert await authenticate(secret) == KeyCaller(key.id, home.id, scopes)
    assert secret not in repr(house.rows.rows)
    await refused(authenticate, key.hash)
    await refused(authenticate, "dk_" + key.hash)


async def test_a_key_expires(
    house: House, authenticate: Authenticate, create_key: CreateApiKey, anna: User, home: Project
) -> None:
    ends = house.clock.now() + MINUTE
    _, secret = await create_key(asking(anna), home.id, "ci", SOMEWHERE, expires_at=ends)
    house.clock.set(ends - timedelta(microseconds=1))
    await authenticate(secret)
    house.clock.set(ends)
    await refused(authenticate, secret)


async def test_a_key_that_is_switched_off_opens_nothing_at_once(
    house: House, authenticate: Authenticate, create_key: CreateApiKey, anna: User, home: Project
) -> None:
    key, secret = await create_key(asking(anna), home.id, "ci", SOMEWHERE)
    await authenticate(secret)
    async with house.store.begin() as unit:
        await unit.api_keys.save(replace(key, is_active=False))
        await unit.commit()
    await refused(authenticate, secret)


async def test_a_key_dies_with_its_owners_account(
    house: House, authenticate: Authenticate, create_key: CreateApiKey, anna: User, home: Project
) -> None:
    _, secret = await create_key(asking(anna), home.id, "ci", SOMEWHERE)
    await authenticate(secret)
    await house.delete_user(await house.su(), anna.id, SOMEWHERE)
    await refused(authenticate, secret)


async def test_a_busy_key_is_noted_once_a_minute(
    house: House, authenticate: Authenticate, create_key: CreateApiKey, counted_keys: CountedKeys, anna: User,
    home: Project,
) -> None:  # fmt: skip
    _, secret = await create_key(asking(anna), home.id, "ci", SOMEWHERE)
    start = house.clock.now()
    for _ in range(180):
        await authenticate(secret)
        house.clock.advance(SECOND)
    assert counted_keys.touched == [start + number * 61 * SECOND for number in range(3)]


async def test_keys_are_made_by_those_who_see_the_project(
    house: House, create_key: CreateApiKey, anna: User, home: Project
) -> None:
    stranger = asking(await house.somebody("bert"))
    with pytest.raises(ProjectMissing):
        await create_key(stranger, home.id, "ci", SOMEWHERE)
    with pytest.raises(Invalid):
        await create_key(asking(anna), home.id, "ci", SOMEWHERE, expires_at=house.clock.now())
    await create_key(await house.su(), home.id, "ci", SOMEWHERE)
