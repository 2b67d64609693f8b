"""What every keeper of sums promises."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import anyio

from domain.usage import UsageKind, UsageLine
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import ODD_TEXT, project, put, refused

DAY = date(2026, 7, 31)
ALL = (date(1, 1, 1), date(9999, 12, 31))


def line(
    day: date = DAY, kind: UsageKind = UsageKind.MADE, name: str = "thumb", count: int = 1, size: int = 10
) -> UsageLine:
    return UsageLine(day, kind, name, count, size)


async def add(rooms: Rooms, project_id: UUID, *lines: UsageLine) -> None:
    async with rooms.store.begin() as unit:
        await unit.usage.add(project_id, lines)
        await unit.commit()


class UsageContract:
    """Suite for `Usage` and `UsageReads`."""

    async def test_gives_sums_back_as_they_were_by_day_kind_and_name(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        lines = [
            line(DAY - timedelta(days=1), UsageKind.UPLOADED, "video", 2**40, 2**60),
            line(DAY, UsageKind.MADE, "Thumb", 0, 0),
            line(DAY, UsageKind.MADE, ODD_TEXT),
            line(DAY, UsageKind.MADE, "é"),
            line(DAY, UsageKind.UPLOADED, "image"),
        ]
        await add(rooms, home.id, *reversed(lines))
        assert await rooms.usage.between(home.id, *ALL) == lines

    async def test_sums_add_up(self, rooms: Rooms) -> None:
        home, other = project(), project()
        await put(rooms.store, home, other)
        await add(rooms, home.id, line(count=1, size=10), line(name="b"), line(count=2, size=20))
        await add(rooms, home.id, line(count=4, size=40), line(kind=UsageKind.UPLOADED))
        await add(rooms, other.id, line(count=100))
        await add(rooms, home.id)
        assert await rooms.usage.between(home.id, *ALL) == [
            line(name="b"),
            line(count=7, size=70),
            line(kind=UsageKind.UPLOADED),
        ]

    async def test_both_ends_of_the_days_asked_for_count(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        days = [line(DAY + timedelta(days=number)) for number in range(4)]
        await add(rooms, home.id, *days)
        assert await rooms.usage.between(home.id, days[1].day, days[2].day) == days[1:3]
        assert await rooms.usage.between(home.id, days[3].day, days[0].day) == []
        assert await rooms.usage.between(uuid4(), *ALL) == []

    async def test_sums_need_their_project(self, rooms: Rooms) -> None:
        with refused("parent_missing"):
            await add(rooms, uuid4(), line())

    async def test_nothing_is_lost_and_nobody_waits_for_ever_however_many_add(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        lines = [line(name=name) for name in "abcdef"]

        async def work(turn: int) -> None:
            await add(rooms, home.id, *(lines if turn % 2 else reversed(lines)))

        async with anyio.create_task_group() as tasks:
            for turn in range(20):
                tasks.start_soon(work, turn)
        assert await rooms.usage.between(home.id, *ALL) == [line(name=each.name, count=20, size=200) for each in lines]
