"""Whether a session is alive: told from memory, and hardly ever by news that is old."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import anyio
import pytest
from anyio.lowlevel import checkpoint

from application.identity.live_sessions import KnownAccounts, LiveSessions
from application.ports.sessions import SessionReads
from application.ports.users import UserReads
from domain.errors import Unavailable
from domain.identity import Session, User
from domain.pages import Page, PageRequest
from tests.unit.use_cases.identity.house import DAY, SECOND, SOMEWHERE, House

pytestmark = pytest.mark.anyio

MOMENT = timedelta(milliseconds=1)


class CountedSessions:
    """The sessions of a store, with a count of how often they were read."""

    def __init__(self, real: SessionReads) -> None:
        self.real, self.gets, self.lists, self.down = real, 0, 0, False

    async def get(self, session_id: UUID) -> Session | None:
        self.gets += 1
        return await self.real.get(session_id)

    async def refreshed_by(self, token_hash: str) -> Session | None:
        return await self.real.refreshed_by(token_hash)

    async def of_user(self, user_id: UUID, now: datetime) -> Sequence[Session]:
        return await self.real.of_user(user_id, now)

    async def ended_since(self, moment: datetime) -> Sequence[UUID]:
        self.lists += 1
        await checkpoint()
        if self.down:
            raise Unavailable("the database does not answer")
        return await self.real.ended_since(moment)


class CountedUsers:
    """The accounts of a store, with a count of how often they were read."""

    def __init__(self, real: UserReads) -> None:
        self.real, self.gets = real, 0

    async def changed_since(self, moment: datetime) -> Sequence[UUID]:
        return await self.real.changed_since(moment)

    async def page(self, request: PageRequest) -> Page[User]:
        return await self.real.page(request)

    async def get(self, user_id: UUID) -> User | None:
        self.gets += 1
        return await self.real.get(user_id)

    async def named(self, name: str) -> User | None:
        return await self.real.named(name)


@pytest.fixture
def counted(house: House) -> CountedSessions:
    return CountedSessions(house.sessions)


@pytest.fixture
def live(house: House, counted: CountedSessions) -> LiveSessions:
    return LiveSessions(counted, house.clock)


@pytest.fixture
async def session_id(house: House) -> UUID:
    await house.somebody()
    return (await house.claims(await house.signed_in())).session_id


async def end(house: House, session_id: UUID) -> None:
    """End it without a word to anybody."""
    async with house.store.begin() as unit:
        await unit.sessions.revoke(session_id, house.clock.now())
        await unit.commit()


async def test_in_the_steady_state_nothing_is_read(
    house: House, live: LiveSessions, counted: CountedSessions, session_id: UUID
) -> None:
    for _ in range(1000):
        assert await live.alive(session_id)
    assert (counted.gets, counted.lists) == (1, 1)
    for _ in range(60):
        house.clock.advance(SECOND)
        for _ in range(20):
            assert await live.alive(session_id)
    assert (counted.gets, counted.lists) == (1, 61)


async def test_a_crowd_that_comes_at_once_looks_once(
    house: House, live: LiveSessions, counted: CountedSessions, session_id: UUID
) -> None:
    await live.alive(session_id)
    house.clock.advance(SECOND)

    async def ask() -> None:
        assert await live.alive(session_id)

    async with anyio.create_task_group() as tasks:
        for _ in range(50):
            tasks.start_soon(ask)
    assert (counted.gets, counted.lists) == (1, 2)


async def test_an_unknown_session_is_dead(live: LiveSessions) -> None:
    assert not await live.alive(uuid4())


async def test_without_a_signal_an_ended_session_is_served_for_less_than_a_second(
    house: House, live: LiveSessions, session_id: UUID
) -> None:
    assert await live.alive(session_id)
    await end(house, session_id)
    served = 0
    while await live.alive(session_id):
        house.clock.advance(10 * MOMENT)
        served += 10
    assert 0 < served < 1000
    assert not await live.alive(session_id)


@pytest.mark.parametrize("idle", [0.1, 1, 119, 3600])
async def test_whatever_ended_while_nobody_asked_is_dead_at_the_first_question(
    house: House, live: LiveSessions, session_id: UUID, idle: float
) -> None:
    assert await live.alive(session_id)
    house.clock.advance(SECOND)
    await end(house, session_id)
    house.clock.advance(timedelta(seconds=idle))
    assert not await live.alive(session_id)


async def test_an_end_that_shows_late_is_noticed_all_the_same(
    house: House, live: LiveSessions, session_id: UUID
) -> None:
    assert await live.alive(session_id)
    said = house.clock.now()
    for _ in range(60):
        house.clock.advance(SECOND)
        assert await live.alive(session_id)
    async with house.store.begin() as unit:
        await unit.sessions.revoke(session_id, said)
        await unit.commit()
    house.clock.advance(SECOND)
    assert not await live.alive(session_id)


async def test_a_removed_account_is_found_out_like_any_other(house: House, live: LiveSessions) -> None:
    su, anna = await house.su(), await house.somebody()
    session_id = (await house.claims(await house.signed_in())).session_id
    assert await live.alive(session_id)
    await house.delete_user(su, anna.id, SOMEWHERE)
    house.clock.advance(SECOND)
    assert not await live.alive(session_id)


async def test_a_signal_ends_it_at_once(house: House, live: LiveSessions) -> None:
    await house.somebody()
    mine, other = await house.signed_in(), await house.signed_in()
    mine_id, other_id = (await house.claims(mine)).session_id, (await house.claims(other)).session_id
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(live.listen, house.signals)
        await anyio.wait_all_tasks_blocked()
        await house.signals.send("sessions", "no id")
        assert await live.alive(mine_id)
        assert await live.alive(other_id)
        await house.end_sessions.by_refresh_token(mine.refresh_token, SOMEWHERE)
        await anyio.wait_all_tasks_blocked()
        assert not await live.alive(mine_id)
        assert await live.alive(other_id)
        tasks.cancel_scope.cancel()


async def test_a_session_expires_by_itself_and_is_prolonged_by_its_use(house: House, live: LiveSessions) -> None:
    await house.somebody()
    tokens = await house.signed_in()
    session_id = (await house.claims(tokens)).session_id
    assert await live.alive(session_id)
    house.clock.advance(DAY - SECOND)
    assert await live.alive(session_id)
    await house.refresh(tokens.refresh_token, SOMEWHERE)
    house.clock.advance(DAY - SECOND)
    assert await live.alive(session_id)
    house.clock.advance(SECOND)
    assert not await live.alive(session_id)


async def test_without_news_nothing_remembered_counts(
    house: House, live: LiveSessions, counted: CountedSessions, session_id: UUID
) -> None:
    assert await live.alive(session_id)
    counted.down = True
    assert await live.alive(session_id)
    house.clock.advance(SECOND)
    with pytest.raises(Unavailable):
        await live.alive(session_id)
    await end(house, session_id)
    counted.down = False
    assert not await live.alive(session_id)


async def test_accounts_are_remembered_until_they_change(house: House) -> None:
    su, anna = await house.su(), await house.somebody()
    counted = CountedUsers(house.users)
    known = KnownAccounts(counted, house.clock)
    house.clock.advance(DAY)
    for _ in range(100):
        assert await known.get(anna.id) == anna
    assert counted.gets == 1
    changed = await house.change(su, anna.id, email="new@example.org")
    house.clock.advance(SECOND)
    assert await known.get(anna.id) == changed
    await house.keep_roles.create(su, "auditors", ["audit_view"], None, SOMEWHERE)
    holding = await house.change(su, anna.id, roles=["auditors"])
    house.clock.advance(SECOND)
    assert await known.get(anna.id) == holding
    await house.keep_roles.change(su, "auditors", ["jobs_view"], None, SOMEWHERE)
    house.clock.advance(SECOND)
    assert await known.get(anna.id) == await house.users.get(anna.id) != holding
    assert await known.get(uuid4()) is None
