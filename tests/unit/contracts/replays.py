"""What every keeper of answers promises."""

from datetime import timedelta
from uuid import UUID

import anyio

from application.ports.replays import Replay
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import ODD_TEXT

OURS, THEIRS = UUID(int=1), UUID(int=2)
LONG, SHORT = timedelta(hours=24), timedelta(milliseconds=200)
ANSWER = f'{{"status": 201, "body": "{ODD_TEXT.encode("unicode_escape").decode()}"}}'
UNDER_WAY = Replay("", None)


async def begun(rooms: Rooms, token: UUID = OURS, *, owner: str = "user:1", key: str = "k") -> Replay | None:
    return await rooms.replays.begin(owner, key, token, abandoned_after=LONG, kept_for=LONG)


class ReplaysContract:
    """Suite for `Replays`."""

    async def test_a_request_is_begun_once_and_then_under_way(self, rooms: Rooms) -> None:
        assert await begun(rooms) is None
        assert await begun(rooms, THEIRS) == UNDER_WAY
        assert await begun(rooms) == UNDER_WAY

    async def test_its_answer_comes_back_as_it_was(self, rooms: Rooms) -> None:
        await begun(rooms)
        await rooms.replays.finish("user:1", "k", OURS, "what was asked", ANSWER)
        assert await begun(rooms, THEIRS) == Replay("what was asked", ANSWER)

    async def test_another_owner_and_another_key_are_other_requests(self, rooms: Rooms) -> None:
        await begun(rooms)
        assert await begun(rooms, THEIRS, owner="user:2") is None
        assert await begun(rooms, THEIRS, key="K") is None
        await rooms.replays.finish("user:1", "k", OURS, "f", "one")
        await rooms.replays.finish("user:2", "k", THEIRS, "f", "two")
        assert await begun(rooms) == Replay("f", "one")
        assert await begun(rooms, owner="user:2") == Replay("f", "two")

    async def test_what_is_forgotten_begins_anew(self, rooms: Rooms) -> None:
        await begun(rooms)
        await rooms.replays.forget("user:1", "k", OURS)
        assert await begun(rooms, THEIRS) is None

    async def test_a_stranger_to_the_request_changes_nothing(self, rooms: Rooms) -> None:
        await begun(rooms)
        await rooms.replays.finish("user:1", "k", THEIRS, "forged", "forged")
        await rooms.replays.forget("user:1", "k", THEIRS)
        await rooms.replays.touch("user:1", "k", THEIRS)
        await rooms.replays.finish("user:1", "unknown", OURS, "f", "a")
        assert await begun(rooms, THEIRS) == UNDER_WAY
        assert await begun(rooms, key="unknown") is None

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
        assert taken is None
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
        assert over is None
        assert await begun(rooms) == UNDER_WAY

    async def test_of_all_who_begin_at_once_one_may(self, rooms: Rooms) -> None:
        found: list[Replay | None] = []

        async def begin(number: int) -> None:
            found.append(await begun(rooms, UUID(int=number)))

        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(begin, number)
        assert found.count(None) == 1
        assert found.count(UNDER_WAY) == 19
