"""Staying signed in: rotation, answers told again, reuse."""

from dataclasses import replace
from datetime import timedelta

import anyio
import pytest

from application.identity.open_session import Tokens
from application.identity.refresh_session import SessionEnded
from domain.audit import AuditAction
from domain.identity import hash_secret
from domain.refreshing import successor_of
from tests.unit.use_cases.identity.house import DAY, PASSWORD, SECOND, SOMEWHERE, House

pytestmark = pytest.mark.anyio

INSTANT = timedelta(microseconds=1)
MINUTE = 60 * SECOND


async def shown(house: House, token: Tokens | str) -> Tokens:
    """What showing a refresh token gives."""
    return await house.refresh(token if isinstance(token, str) else token.refresh_token, SOMEWHERE)


async def refused(house: House, token: Tokens | str) -> None:
    """Expect that it gives nothing."""
    with pytest.raises(SessionEnded):
        await shown(house, token)


async def chain(house: House, length: int, pause: timedelta = MINUTE) -> list[Tokens]:
    """A fresh session and so many tokens of it, the last one unused."""
    await house.somebody()
    tokens = [await house.signed_in()]
    while len(tokens) < length:
        house.clock.advance(pause)
        tokens.append(await shown(house, tokens[-1]))
    return tokens


async def test_each_use_gives_another_token_of_the_same_session(house: House) -> None:
    tokens = await chain(house, 5)
    assert len({each.refresh_token for each in tokens}) == 5
    assert len({(await house.claims(each)).session_id for each in tokens}) == 1
    assert {each.expires_in for each in tokens} == {900}


async def test_use_prolongs_the_session(house: House) -> None:
    first = await chain(house, 1)
    house.clock.advance(DAY - INSTANT)
    second = await shown(house, first[0])
    session = await house.sessions.get((await house.claims(second)).session_id)
    assert session
    assert (session.last_used_at, session.expires_at) == (house.clock.now(), house.clock.now() + DAY)
    house.clock.advance(DAY - INSTANT)
    await shown(house, second)


async def test_a_token_lives_for_a_day_since_the_last_use(house: House) -> None:
    (first,) = await chain(house, 1)
    house.clock.advance(DAY)
    await refused(house, first)
    assert not await house.lines(AuditAction.REFRESH_REUSED)


async def test_an_unused_successor_is_told_again_however_late(house: House) -> None:
    first, second = await chain(house, 2)
    house.clock.advance(DAY - MINUTE)
    again = await shown(house, first)
    assert again.refresh_token == second.refresh_token
    assert (await house.claims(again)).expires_at == house.clock.now() + timedelta(minutes=15)
    assert await house.alive(again)


async def test_telling_again_does_not_prolong(house: House) -> None:
    first, second = await chain(house, 2)
    house.clock.advance(DAY - INSTANT)
    await shown(house, first)
    house.clock.advance(INSTANT)
    await refused(house, second)


async def test_a_lost_answer_is_survived(house: House) -> None:
    (first,) = await chain(house, 1)
    await shown(house, first)
    house.clock.advance(MINUTE)
    heard = await shown(house, first)
    for _ in range(5):
        house.clock.advance(MINUTE)
        heard = await shown(house, heard)


async def test_a_client_that_ignores_new_tokens_stays_signed_in_until_its_day_is_over(house: House) -> None:
    (first,) = await chain(house, 1)
    for _ in range(23):
        house.clock.advance(timedelta(hours=1))
        await shown(house, first)


@pytest.mark.parametrize("late", [timedelta(0), 10 * SECOND])
async def test_within_ten_seconds_of_its_use_a_successor_is_told_again(house: House, late: timedelta) -> None:
    first, second, third = await chain(house, 3)
    house.clock.advance(late)
    assert (await shown(house, first)).refresh_token == second.refresh_token
    assert (await shown(house, second)).refresh_token == third.refresh_token
    await shown(house, third)


async def test_after_that_it_is_reuse_and_the_family_ends(house: House) -> None:
    first, second, third = await chain(house, 3)
    elsewhere = await house.signed_in()
    house.clock.advance(10 * SECOND + INSTANT)
    await refused(house, first)
    assert not await house.alive(third)
    for each in (first, second, third):
        await refused(house, each)
    await shown(house, elsewhere)
    (line,) = await house.lines(AuditAction.REFRESH_REUSED)
    claims = await house.claims(third)
    assert (line.subject, line.origin.ip) == (f"user:{claims.user_id}", SOMEWHERE.ip)
    assert line.payload == {"session": str(claims.session_id)}


@pytest.mark.parametrize("age", [3, 4, 8])
async def test_an_older_token_is_reuse_at_any_time(house: House, age: int) -> None:
    tokens = await chain(house, 9, pause=timedelta(0))
    await refused(house, tokens[-1 - age])
    await refused(house, tokens[-1])
    assert len(await house.lines(AuditAction.REFRESH_REUSED)) == 1


@pytest.mark.parametrize("token", ["", "unknown", "\ud800", "x" * 10_000])
async def test_an_unknown_token_ends_nothing(house: House, token: str) -> None:
    (first,) = await chain(house, 1)
    await refused(house, token)
    await shown(house, first)


async def test_the_hash_of_a_token_is_no_token(house: House) -> None:
    (first,) = await chain(house, 1)
    await refused(house, hash_secret(first.refresh_token))


@pytest.mark.parametrize("how", ["disabled", "deleted", "password", "role", "logout", "everywhere"])
async def test_nothing_is_refreshed_once_the_session_was_ended(house: House, how: str) -> None:
    su = await house.su()
    first, second = await chain(house, 2)
    claims = await house.claims(second)
    match how:
        case "disabled":
            await house.change(su, claims.user_id, is_active=False)
        case "deleted":
            await house.delete_user(su, claims.user_id, SOMEWHERE)
        case "password":
            await house.change(su, claims.user_id, password="another horse")
        case "role":
            await house.change(su, claims.user_id, role="admin")
        case "logout":
            await house.end_sessions.by_refresh_token(second.refresh_token, SOMEWHERE)
        case _:
            await house.end_sessions.everywhere(claims.user_id, SOMEWHERE)
    for each in (first, second):
        await refused(house, each)
    assert not await house.lines(AuditAction.REFRESH_REUSED)


async def test_a_disabled_account_refreshes_nothing_even_with_a_living_session(house: House) -> None:
    (first,) = await chain(house, 1)
    anna = await house.users.get((await house.claims(first)).user_id)
    assert anna
    async with house.store.begin() as unit:
        await unit.users.save(replace(anna, is_active=False))
        await unit.commit()
    await refused(house, first)


async def test_twenty_at_once_get_one_successor(house: House) -> None:
    (first,) = await chain(house, 1)
    told: list[str] = []

    async def refresh() -> None:
        told.append((await shown(house, first)).refresh_token)

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(refresh)
    assert len(told) == 20
    assert len(set(told)) == 1
    assert len(house.rows.rows.refresh_tokens) == 2


async def test_twenty_thieves_at_once_end_the_session_once(house: House) -> None:
    tokens = await chain(house, 4)
    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(refused, house, tokens[0])
    assert len(await house.lines(AuditAction.REFRESH_REUSED)) == 1


async def test_what_a_token_says_is_up_to_date(house: House) -> None:
    (first,) = await chain(house, 1)
    anna = await house.users.get((await house.claims(first)).user_id)
    assert anna
    async with house.store.begin() as unit:
        await unit.users.save(replace(anna, username="renamed"))
        await unit.commit()
    assert (await house.claims(await shown(house, first))).username == "renamed"


async def test_another_installation_derives_other_successors(house: House) -> None:
    other = House()
    first = (await chain(house, 1), await chain(other, 1))
    assert first[0][0].refresh_token == first[1][0].refresh_token
    await other.secrets.replace(
        "refresh_token_succession", await other.secrets.keep("refresh_token_succession", lambda: "x"), "another key"
    )
    assert (await shown(house, first[0][0])).refresh_token != (await shown(other, first[1][0])).refresh_token


async def test_only_hashes_of_successors_are_kept(house: House) -> None:
    tokens = await chain(house, 3)
    assert set(house.rows.rows.refresh_tokens) == {hash_secret(each.refresh_token) for each in tokens}
    kept = repr(house.rows.rows)
    assert not [each for each in tokens if each.refresh_token in kept]
    assert PASSWORD not in kept


async def test_a_secret_of_the_settings_derives_successors_instead(house: House) -> None:
    await house.somebody()
    first = (await house.signed_in()).refresh_token
    given = house.refresh_with("a secret of the settings")
    assert (await given(first, SOMEWHERE)).refresh_token == successor_of(first, "a secret of the settings")


async def test_the_key_of_successors_is_asked_for_once(house: House) -> None:
    (first,) = await chain(house, 1)
    second = await shown(house, first)
    await house.secrets.replace(
        "refresh_token_succession", await house.secrets.keep("refresh_token_succession", lambda: "x"), "another key"
    )
    assert (await shown(house, first)).refresh_token == second.refresh_token
