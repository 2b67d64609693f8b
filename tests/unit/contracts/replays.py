"""What every keeper of answers promises."""

from datetime import timedelta
from uuid import UUID

import anyio

from application.ports.replays import TRIES_REMEMBERED, Begun, Replay
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import ODD_TEXT

OURS, THEIRS = UUID(int=1), UUID(int=2)
LONG, SHORT = timedelta(hours=24), timedelta(minutes=1)
ANSWER = f'{{"status": 201, "body": "{ODD_TEXT.encode("unicode_escape").decode()}"}}'
UNDER_WAY = Replay("", None)


async def begun(rooms: Rooms, token: UUID = OURS, *, owner: str = "user:1", key: str = "k") -> Replay | Begun:
    return await rooms.replays.begin(owner, key, token, abandoned_after=LONG, kept_for=LONG)


class ReplaysContract:
    """Suite for `Replays`."""

    async def test_a_request_is_begun_once_and_then_under_way(self, rooms: Rooms) -> None:
        assert await begun(rooms) == Begun()
        assert await begun(rooms, THEIRS) == UNDER_WAY
        assert await begun(rooms) == UNDER_WAY

    async def test_its_answer_comes_back_as_it_was(self, rooms: Rooms) -> None:
        await begun(rooms)
        await rooms.replays.finish("user:1", "k", OURS, "what was asked", ANSWER)
        assert await begun(rooms, THEIRS) == Replay("what was asked", ANSWER)

    async def test_another_owner_and_another_key_are_other_requests(self, rooms: Rooms) -> None:
        await begun(rooms)
        assert await begun(rooms, THEIRS, owner="user:2") == Begun()
        assert await begun(rooms, THEIRS, key="K") == Begun()
        await rooms.replays.finish("user:1", "k", OURS, "f", "one")
        await rooms.replays.finish("user:2", "k", THEIRS, "f", "two")
        assert await begun(rooms) == Replay("f", "one")
        assert await begun(rooms, owner="user:2") == Replay("f", "two")

    async def test_what_is_forgotten_begins_anew(self, rooms: Rooms) -> None:
        await begun(rooms)
        await rooms.replays.forget("user:1", "k", OURS)
        assert await begun(rooms, THEIRS) == Begun()

    async def test_a_stranger_to_the_request_changes_nothing(self, rooms: Rooms) -> None:
        await begun(rooms)
        await rooms.replays.finish("user:1", "k", THEIRS, "forged", "forged")
        await rooms.replays.forget("user:1", "k", THEIRS)
        await rooms.replays.touch("user:1", "k", THEIRS)
        await rooms.replays.finish("user:1", "unknown", OURS, "f", "a")
        assert await begun(rooms, THEIRS) == UNDER_WAY
        assert await begun(rooms, key="unknown") == Begun()

    async def test_an_answer_stays_the_first_one(self, rooms: Rooms) -> None:
        await begun(rooms)
        await rooms.replays.finish("user:1", "k", OURS, "f", "first")
        await rooms.replays.finish("user:1", "k", OURS, "f", "second")
        await rooms.replays.forget("user:1", "k", OURS)
        assert await begun(rooms) == Replay("f", "first")

    async def test_what_nobody_works_on_any_more_is_taken_over(self, rooms: Rooms) -> None:
        await begun(rooms)
        await rooms.pass_time(SHORT)
        taken = await rooms.replays.begin("user:1", "k", THEIRS, abandoned_after=SHORT, kept_for=LONG)
        assert taken == Begun((OURS,))
        await rooms.replays.finish("user:1", "k", OURS, "f", "too late")
        assert await begun(rooms) == UNDER_WAY
        await rooms.replays.finish("user:1", "k", THEIRS, "f", "in time")
        assert await begun(rooms) == Replay("f", "in time")

    async def test_what_is_touched_is_not_abandoned(self, rooms: Rooms) -> None:
        await begun(rooms)
        await rooms.pass_time(SHORT)
        await rooms.replays.touch("user:1", "k", OURS)
        found = await rooms.replays.begin("user:1", "k", THEIRS, abandoned_after=SHORT, kept_for=LONG)
        assert found == UNDER_WAY

    async def test_an_answer_is_kept_for_its_time(self, rooms: Rooms) -> None:
        await begun(rooms)
        await rooms.replays.finish("user:1", "k", OURS, "f", "answer")
        await rooms.pass_time(SHORT)
        still = await rooms.replays.begin("user:1", "k", THEIRS, abandoned_after=SHORT, kept_for=LONG)
        assert still == Replay("f", "answer")
        over = await rooms.replays.begin("user:1", "k", THEIRS, abandoned_after=LONG, kept_for=SHORT)
        assert over == Begun()
        assert await begun(rooms) == UNDER_WAY

    async def test_of_all_who_begin_at_once_one_may(self, rooms: Rooms) -> None:
        found: list[Replay | Begun] = []

        async def begin(number: int) -> None:
            found.append(await begun(rooms, UUID(int=number)))

        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(begin, number)
        assert found.count(Begun()) == 1
        assert found.count(UNDER_WAY) == 19

    async def test_what_is_given_up_is_taken_over_at_once_and_told_of(self, rooms: Rooms) -> None:
        tokens = [UUID(int=number) for number in range(1, TRIES_REMEMBERED + 4)]
        for number, token in enumerate(tokens):
            told = tuple(tokens[max(0, number - TRIES_REMEMBERED) : number])
            assert await begun(rooms, token) == Begun(told)
            assert await begun(rooms, UUID(int=99)) == UNDER_WAY
            await rooms.replays.give_up("user:1", "k", UUID(int=99))
            await rooms.replays.give_up("user:1", "k", token)
        await begun(rooms, THEIRS)
        await rooms.replays.finish("user:1", "k", THEIRS, "f", "answer")
        await rooms.replays.give_up("user:1", "k", THEIRS)
        assert await begun(rooms) == Replay("f", "answer")
        await rooms.replays.give_up("user:1", "unknown", OURS)
        assert await begun(rooms, key="unknown") == Begun()

    async def test_the_latest_of_an_owner_are_kept(self, rooms: Rooms) -> None:
        async def answered(key: str, answer: str, owner: str = "user:1") -> None:
            await begun(rooms, key=key, owner=owner)
            await rooms.replays.finish(owner, key, OURS, "f", answer)
            await rooms.pass_time(timedelta(milliseconds=5))

        async def there() -> str:
            names = ("a", "b", "c", "d", "e", "given up", "under way")
            found = {name: await begun(rooms, THEIRS, key=name) for name in names}
            for name, each in found.items():
                if isinstance(each, Begun):
                    await rooms.replays.forget("user:1", name, THEIRS)
            return ",".join(name for name, each in found.items() if isinstance(each, Replay) or each.before)

        await begun(rooms, key="under way")
        await begun(rooms, key="given up")
        await rooms.replays.give_up("user:1", "given up", OURS)
        await rooms.pass_time(timedelta(milliseconds=5))
        for name in "abcde":
            await answered(name, name * 10)
        await answered("x", "theirs", owner="user:2")
        assert await rooms.replays.keep_latest("user:1", most=6, room=50) == 0
        assert await rooms.replays.keep_latest("user:1", most=4, room=50) == 2
        assert await there() == "b,c,d,e,under way"
        assert await rooms.replays.keep_latest("user:1", most=4, room=29) == 2
        assert await there() == "d,e,under way"
        assert await rooms.replays.keep_latest("user:1", most=0, room=0) == 2
        assert await there() == "under way"
        assert await begun(rooms, key="x", owner="user:2") == Replay("f", "theirs")
