"""What every log of events promises."""

from typing import Any
from uuid import UUID, uuid4

import anyio
import anyio.lowlevel
import pytest

from application.ports.events import LONGEST_STORY, EventLog
from domain.access import EVERYTHING, Scope
from domain.events import Event, EventKind, Position
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import PLAIN_DATA, event, later, project, put


class EventsContract:
    """Suite for `Events` and `EventReads`."""

    @pytest.mark.parametrize("kind", list(EventKind))
    async def test_gives_an_event_back_as_it_was(self, rooms: Rooms, kind: EventKind) -> None:
        kept = event(uuid4(), file_id=uuid4(), job_id=uuid4(), kind=kind, data=PLAIN_DATA)
        await put(rooms.store, kept)
        assert kept.file_id
        assert await rooms.events.of_file(EVERYTHING, kept.file_id) == [kept]

    async def test_a_kind_of_a_newer_program_is_told_as_it_is(self, rooms: Rooms) -> None:
        kept = event(uuid4(), file_id=uuid4(), kind="comet_sighted")
        await put(rooms.store, kept)
        assert kept.file_id
        assert await rooms.events.of_file(EVERYTHING, kept.file_id) == [kept]

    async def test_tells_what_happened_to_one_file_in_its_order(self, rooms: Rooms) -> None:
        file_id, home = uuid4(), uuid4()
        kept = [event(home, file_id=file_id, at=later(-number)) for number in range(5)]
        await put(rooms.store, *kept[:2], event(home, file_id=uuid4()), event(home))
        await put(rooms.store, *kept[2:])
        assert await rooms.events.of_file(EVERYTHING, file_id) == kept
        assert await rooms.events.of_file(EVERYTHING, uuid4()) == []

    async def test_tells_what_happened_to_one_job_in_its_order(self, rooms: Rooms) -> None:
        job_id, home = uuid4(), uuid4()
        kept = [event(owner, job_id=job_id, at=later(-number)) for number, owner in enumerate((home, None, home))]
        await put(rooms.store, *kept, event(home, job_id=uuid4()), event(home, file_id=job_id))
        assert await rooms.events.of_job(EVERYTHING, job_id) == kept
        assert await rooms.events.of_job(EVERYTHING, uuid4()) == []

    async def test_of_a_long_story_the_latest_is_told(self, rooms: Rooms) -> None:
        file_id, home = uuid4(), uuid4()
        kept = [event(home, file_id=file_id, data={"number": number}) for number in range(LONGEST_STORY + 3)]
        async with rooms.store.begin() as unit:
            await unit.events.add(*kept)
            await unit.commit()
        assert await rooms.events.of_file(EVERYTHING, file_id) == kept[3:]

    async def test_what_lies_outside_the_scope_is_absent(self, rooms: Rooms) -> None:
        mine, foreign, erased = project(), project(), project(deleted_at=later(1), erasing_at=later(2))
        thing, one = uuid4(), uuid4()
        told = [event(owner, file_id=thing, job_id=one) for owner in (mine.id, foreign.id, None, uuid4(), erased.id)]
        await put(rooms.store, mine, foreign, erased, *told)
        scopes = [
            (Scope(owner_id=mine.owner_id), told[:1]),
            (Scope(project_id=foreign.id), told[1:2]),
            (Scope(owner_id=erased.owner_id), []),
            (Scope(), []),
            (EVERYTHING, told),
        ]
        for scope, expected in scopes:
            assert await rooms.events.of_file(scope, thing) == expected
            assert await rooms.events.of_job(scope, one) == expected
            assert await followed(rooms.event_log, Position(), len(expected), scope=scope) == expected


async def followed(
    log: EventLog,
    position: Position,
    count: int,
    *,
    scope: Scope = EVERYTHING,
    project_id: UUID | None = None,
    kind: str | None = None,
    limit: int = 100,
) -> list[Event]:
    """What lies behind a position, as whoever follows the log comes to see it: it may take a moment to settle."""
    found: list[Event] = []
    with anyio.fail_after(20):
        while True:
            batch = await log.after(scope, position, limit=limit, project_id=project_id, kind=kind)
            assert len(batch) <= limit
            places = [position, *(each.position for each in batch)]
            assert places == sorted(set(places))
            found += [each.event for each in batch]
            position = places[-1]
            if not batch and len(found) >= count:
                return found
            await anyio.sleep(0 if batch else 0.01)


class EventLogContract:
    """Suite for `EventLog`."""

    async def test_events_come_in_the_order_they_were_written(self, rooms: Rooms) -> None:
        start, home = await rooms.event_log.end(), uuid4()
        kept = [event(home, at=later(-number), data=PLAIN_DATA) for number in range(7)]
        for first in range(0, 7, 2):
            await put(rooms.store, *kept[first : first + 2])
        assert await followed(rooms.event_log, start, 7) == kept
        assert await followed(rooms.event_log, start, 7, limit=2) == kept
        assert await rooms.event_log.after(EVERYTHING, start, limit=0) == []

    async def test_whoever_begins_at_the_end_sees_only_what_comes(self, rooms: Rooms) -> None:
        await put(rooms.store, event(uuid4()))
        await followed(rooms.event_log, Position(), 1)
        end = await rooms.event_log.end()
        assert end > Position()
        assert await rooms.event_log.after(EVERYTHING, end, limit=9) == []
        new = event(uuid4())
        await put(rooms.store, new)
        assert await followed(rooms.event_log, end, 1) == [new]
        assert await rooms.event_log.end() > end

    async def test_what_is_not_committed_is_not_told(self, rooms: Rooms) -> None:
        start = await rooms.event_log.end()
        async with rooms.store.begin() as unit:
            await unit.events.add(event(uuid4()))
            assert await rooms.event_log.after(EVERYTHING, start, limit=9) == []
        assert await rooms.event_log.after(EVERYTHING, start, limit=9) == []

    async def test_those_of_one_project_or_kind_can_be_asked_for(self, rooms: Rooms) -> None:
        home, other = project(), project()
        kept = [event(owner, kind=kind) for kind in EventKind for owner in (home.id, other.id, None)]
        await put(rooms.store, home, other, *kept)
        of_home = [each for each in kept if each.project_id == home.id]
        updates = [each for each in kept if each.kind is EventKind.JOB_UPDATE]
        log, owner = rooms.event_log, Scope(owner_id=home.owner_id)
        assert await followed(log, Position(), len(EventKind), project_id=home.id) == of_home
        assert await followed(log, Position(), 3, kind=EventKind.JOB_UPDATE) == updates
        both: dict[str, Any] = {"project_id": home.id, "kind": EventKind.JOB_UPDATE}
        of_both = [each for each in of_home if each in updates]
        assert await followed(log, Position(), 1, limit=1, **both) == of_both
        assert await followed(log, Position(), len(EventKind), project_id=home.id, scope=owner) == of_home
        assert await followed(log, Position(), 0, project_id=other.id, scope=owner) == []

    async def test_nothing_is_missed_or_told_twice_while_many_write(self, rooms: Rooms) -> None:
        start = await rooms.event_log.end()
        seen: list[Event] = []
        position = start

        async def write(writer: int) -> None:
            for number in range(5):
                async with rooms.store.begin() as unit:
                    await unit.events.add(event(None, data={"writer": writer, "number": number}))
                    await anyio.sleep(0.001 * (writer % 3))
                    await unit.commit()

        async with anyio.create_task_group() as writers:
            for writer in range(8):
                writers.start_soon(write, writer)
            while len(seen) < 40:
                with anyio.fail_after(20):
                    batch = await rooms.event_log.after(EVERYTHING, position, limit=3)
                    await anyio.lowlevel.checkpoint()
                seen += [each.event for each in batch]
                position = batch[-1].position if batch else position
        assert len({(each.data["writer"], each.data["number"]) for each in seen}) == len(seen) == 40
        assert await followed(rooms.event_log, start, 40) == seen
