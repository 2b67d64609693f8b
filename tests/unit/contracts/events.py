"""What every log of events promises."""

from uuid import uuid4

import pytest

from domain.events import EventKind
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import PLAIN_DATA, event, later, put


class EventsContract:
    """Suite for `Events` and `EventReads`."""

    @pytest.mark.parametrize("kind", list(EventKind))
    async def test_gives_an_event_back_as_it_was(self, rooms: Rooms, kind: EventKind) -> None:
        kept = event(uuid4(), file_id=uuid4(), job_id=uuid4(), kind=kind, data=PLAIN_DATA)
        await put(rooms.store, kept)
        assert kept.file_id
        assert await rooms.events.of_file(kept.file_id) == [kept]

    async def test_a_kind_of_a_newer_program_is_told_as_it_is(self, rooms: Rooms) -> None:
        kept = event(uuid4(), file_id=uuid4(), kind="comet_sighted")
        await put(rooms.store, kept)
        assert kept.file_id
        assert await rooms.events.of_file(kept.file_id) == [kept]

    async def test_tells_what_happened_to_one_file_in_its_order(self, rooms: Rooms) -> None:
        file_id, home = uuid4(), uuid4()
        kept = [event(home, file_id=file_id, at=later(-number)) for number in range(5)]
        await put(rooms.store, *kept[:2], event(home, file_id=uuid4()), event(home))
        await put(rooms.store, *kept[2:])
        assert await rooms.events.of_file(file_id) == kept
        assert await rooms.events.of_file(uuid4()) == []
