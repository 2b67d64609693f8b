"""One person is one account, however many windows they come in by at once."""

from collections.abc import AsyncIterator
from dataclasses import replace

import anyio
import pytest

from adapters.memory.signals import MemorySignals
from adapters.sql.database import SqlDatabase
from adapters.sql.migrate import migrate
from adapters.sql.sessions import SqlSessionReads
from adapters.sql.store import SqlStore
from adapters.sql.users import SqlUserReads
from adapters.system.clock import SystemClock
from adapters.system.ids import SystemIds
from application.identity.end_sessions import EndSessions
from application.identity.find_account import FindAccount
from application.identity.remember import Remember
from domain.audit import Origin
from domain.identity import User, UsernameTaken
from domain.oauth import ForeignIdentity
from domain.pages import PageRequest
from tests.unit.contracts.things import put, user

pytestmark = pytest.mark.anyio

ANNA = ForeignIdentity("corp", "https://login.example", "1", "anna@example.org", email_verified=True)


@pytest.fixture
async def database(empty_postgres_url: str) -> AsyncIterator[SqlDatabase]:
    await anyio.to_thread.run_sync(migrate, empty_postgres_url)
    database = SqlDatabase(empty_postgres_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def find_account(database: SqlDatabase) -> FindAccount:
    store, clock, ids = SqlStore(database), SystemClock(), SystemIds()
    remember = Remember(clock, ids)
    ending = EndSessions(store, SqlSessionReads(database), MemorySignals(), remember, clock)
    return FindAccount(store, ending, remember, clock, ids, registration_open=True)


async def all_at_once(find_account: FindAccount, *identities: ForeignIdentity) -> list[User]:
    found: list[User] = []

    async def come(identity: ForeignIdentity) -> None:
        found.append(await find_account(identity, Origin()))

    async with anyio.create_task_group() as tasks:
        for identity in identities:
            tasks.start_soon(come, identity)
    return found


@pytest.mark.parametrize("known", [True, False])
async def test_many_windows(find_account: FindAccount, database: SqlDatabase, known: bool) -> None:
    if known:
        await put(SqlStore(database), user(email="anna@example.org"))
    found = await all_at_once(find_account, *[ANNA] * 8)
    assert len({each.id for each in found}) == 1
    assert len({each.password_hash for each in found}) == 1
    assert (await SqlUserReads(database).page(PageRequest(1, 10))).total == 1


async def test_two_providers_vouch_for_one_address(find_account: FindAccount, database: SqlDatabase) -> None:
    other = replace(ANNA, provider="google", issuer="https://accounts.example")
    found = await all_at_once(find_account, ANNA, other)
    assert len({each.id for each in found}) == 1


async def test_a_name_that_stays_taken_stays_so(find_account: FindAccount, database: SqlDatabase) -> None:
    await put(SqlStore(database), user(username="anna@example.org"))
    with pytest.raises(UsernameTaken):
        await find_account(ANNA, Origin())
