"""Ending sessions: one, one's own, all of them."""

from uuid import UUID, uuid4

import anyio
import pytest

from application.identity.open_session import Tokens
from domain.audit import AuditAction, Origin
from domain.identity import SESSIONS_TOPIC, SessionMissing
from tests.unit.use_cases.identity.house import DAY, SOMEWHERE, House

pytestmark = pytest.mark.anyio


async def session_id(house: House, tokens: Tokens) -> UUID:
    return (await house.claims(tokens)).session_id


async def user_id(house: House, tokens: Tokens) -> UUID:
    return (await house.claims(tokens)).user_id


async def test_signing_out_ends_this_session_and_no_other(house: House) -> None:
    await house.somebody()
    here, there = await house.signed_in(), await house.signed_in()
    await house.end_sessions.by_refresh_token(here.refresh_token, SOMEWHERE)
    assert not await house.alive(here)
    assert await house.alive(there)
    (line,) = await house.lines(AuditAction.SIGNED_OUT)
    owner = await user_id(house, here)
    assert (line.subject, line.origin) == (f"user:{owner}", Origin(owner, SOMEWHERE.ip, SOMEWHERE.agent))
    assert line.payload == {"session": str(await session_id(house, here))}


async def test_signing_out_by_an_older_token_of_the_session_does_the_same(house: House) -> None:
    await house.somebody()
    first = await house.signed_in()
    await house.refresh(first.refresh_token, SOMEWHERE)
    await house.end_sessions.by_refresh_token(first.refresh_token, SOMEWHERE)
    assert not await house.alive(first)


@pytest.mark.parametrize("token", ["", "unknown", "\ud800"])
async def test_signing_out_with_nothing_is_quiet(house: House, token: str) -> None:
    await house.somebody()
    here = await house.signed_in()
    await house.end_sessions.by_refresh_token(token, SOMEWHERE)
    assert await house.alive(here)
    assert not await house.lines(AuditAction.SIGNED_OUT)


async def test_signing_out_twice_is_quiet_and_noted_once(house: House) -> None:
    await house.somebody()
    here = await house.signed_in()
    for _ in range(2):
        await house.end_sessions.by_refresh_token(here.refresh_token, SOMEWHERE)
    assert len(await house.lines(AuditAction.SIGNED_OUT)) == 1


async def test_somebodys_own_session_ends_by_its_id(house: House) -> None:
    await house.somebody()
    here, there = await house.signed_in(), await house.signed_in()
    await house.end_sessions.own(await user_id(house, here), await session_id(house, there), SOMEWHERE)
    assert await house.alive(here)
    assert not await house.alive(there)
    (line,) = await house.lines(AuditAction.SESSION_ENDED)
    assert line.payload == {"session": str(await session_id(house, there))}


@pytest.mark.parametrize("which", ["foreign", "unknown", "ended", "expired"])
async def test_what_is_not_ones_own_living_session_is_absent(house: House, which: str) -> None:
    await house.somebody()
    await house.somebody("bert")
    mine, foreign = await house.signed_in(), await house.signed_in("bert")
    asked = {"foreign": await session_id(house, foreign), "unknown": uuid4()}.get(which, await session_id(house, mine))
    caller = await user_id(house, mine)
    if which == "ended":
        await house.end_sessions.by_refresh_token(mine.refresh_token, SOMEWHERE)
    if which == "expired":
        house.clock.advance(DAY)
    with pytest.raises(SessionMissing) as refused:
        await house.end_sessions.own(caller, asked, SOMEWHERE)
    assert refused.value.detail == "there is no such session"
    assert not await house.lines(AuditAction.SESSION_ENDED)
    session = await house.sessions.get(await session_id_of(house, "bert"))
    assert session
    assert session.revoked_at is None


async def session_id_of(house: House, name: str) -> UUID:
    async with house.store.begin() as unit:
        user = await unit.users.named(name)
    assert user
    return next(each.id for each in house.rows.rows.sessions.values() if each.user_id == user.id)


async def test_everywhere_ends_all_ones_own_sessions_and_counts_them(house: House) -> None:
    await house.somebody()
    await house.somebody("bert")
    mine = [await house.signed_in() for _ in range(3)]
    foreign = await house.signed_in("bert")
    await house.end_sessions.by_refresh_token(mine[0].refresh_token, SOMEWHERE)
    assert await house.end_sessions.everywhere(await user_id(house, mine[0]), SOMEWHERE) == 2
    assert [await house.alive(each) for each in [*mine, foreign]] == [False, False, False, True]
    assert await house.end_sessions.everywhere(await user_id(house, mine[0]), SOMEWHERE) == 0
    first, second = await house.lines(AuditAction.SIGNED_OUT_EVERYWHERE)
    assert (first.payload, second.payload) == ({"sessions": 2}, {"sessions": 0})


async def test_everybody_is_told_which_sessions_ended(house: House) -> None:
    await house.somebody()
    mine = [await house.signed_in() for _ in range(3)]
    ids = {str(await session_id(house, each)) for each in mine}
    async with house.signals.listen(SESSIONS_TOPIC) as taps:
        await house.end_sessions.by_refresh_token(mine[0].refresh_token, SOMEWHERE)
        await house.end_sessions.everywhere(await user_id(house, mine[0]), SOMEWHERE)
        assert {await anext(taps) for _ in range(3)} == ids


async def test_what_has_nothing_to_end_waits_for_no_writer(house: House) -> None:
    await house.somebody()
    here = await house.signed_in()
    owner = await user_id(house, here)
    async with house.store.begin():
        with anyio.fail_after(2):
            await house.end_sessions.by_refresh_token("unknown", SOMEWHERE)
            with pytest.raises(SessionMissing):
                await house.end_sessions.own(owner, uuid4(), SOMEWHERE)
    assert await house.alive(here)
