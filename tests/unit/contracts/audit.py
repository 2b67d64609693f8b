"""What every audit log promises."""

from uuid import uuid4

import pytest

from application.ports.audit import AuditQuery
from domain.access import EVERYTHING, Scope
from domain.audit import AuditAction, AuditEntry, Origin
from domain.pages import PageRequest
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import ODD_TEXT, PLAIN_DATA, audit_entry, later, project, put, refused

ALL = PageRequest(1, 100)


async def told(rooms: Rooms, scope: Scope, **query: object) -> list[AuditEntry]:
    """The lines of one page, which are all of them."""
    page = await rooms.audit.page(scope, AuditQuery(**query), ALL)  # type: ignore[arg-type]
    assert page.total == len(page.items)
    return list(page.items)


class AuditContract:
    """Suite for `Audit` and `AuditReads`."""

    @pytest.mark.parametrize("action", AuditAction)
    async def test_gives_a_line_back_as_it_was(self, rooms: Rooms, action: AuditAction) -> None:
        kept = audit_entry(action=action, subject=f"role:{ODD_TEXT}", project_id=uuid4(), payload=PLAIN_DATA)
        plain = audit_entry(origin=Origin(), at=later(-1))
        await put(rooms.store, kept, plain)
        assert await told(rooms, EVERYTHING) == [kept, plain]

    async def test_an_action_of_a_newer_program_is_told_as_it_is(self, rooms: Rooms) -> None:
        kept = audit_entry(action="comet.sighted")
        await put(rooms.store, kept)
        assert await told(rooms, EVERYTHING, action="comet.sighted") == [kept]

    async def test_a_line_is_written_once(self, rooms: Rooms) -> None:
        kept = audit_entry()
        await put(rooms.store, kept)
        with refused("already_there"):
            await put(rooms.store, audit_entry(id=kept.id, subject="forged"))
        assert await told(rooms, EVERYTHING) == [kept]

    async def test_a_line_is_written_with_what_makes_it_true_or_not_at_all(self, rooms: Rooms) -> None:
        async with rooms.store.begin() as unit:
            await unit.audit.add(audit_entry())
            assert await told(rooms, EVERYTHING) == []
        assert await told(rooms, EVERYTHING) == []

    async def test_pages_begin_with_the_newest(self, rooms: Rooms) -> None:
        kept = [audit_entry(at=later(number)) for number in range(4)]
        twins = sorted((audit_entry(at=later(9)) for _ in range(3)), key=lambda each: each.id, reverse=True)
        await put(rooms.store, *kept[::-1], *twins)
        ordered = [*twins, *kept[::-1]]
        pages = [await rooms.audit.page(EVERYTHING, AuditQuery(), PageRequest(number, 3)) for number in (1, 2, 3, 4)]
        assert [list(page.items) for page in pages] == [ordered[:3], ordered[3:6], ordered[6:], []]
        assert {page.total for page in pages} == {7}

    async def test_lines_are_found_by_actor_action_subject_and_time(self, rooms: Rooms) -> None:
        anna = uuid4()
        first = audit_entry(origin=Origin(anna), at=later(1))
        second = audit_entry(origin=Origin(anna), at=later(2), action=AuditAction.SIGNED_OUT)
        third = audit_entry(at=later(3), subject="user:2", action=AuditAction.SIGNED_OUT)
        await put(rooms.store, first, second, third)
        assert await told(rooms, EVERYTHING, actor_id=anna) == [second, first]
        assert await told(rooms, EVERYTHING, actor_id=uuid4()) == []
        assert await told(rooms, EVERYTHING, action="auth.logout") == [third, second]
        assert await told(rooms, EVERYTHING, action="unheard of") == []
        assert await told(rooms, EVERYTHING, subject="user:2") == [third]
        assert await told(rooms, EVERYTHING, since=later(2)) == [third, second]
        assert await told(rooms, EVERYTHING, until=later(2)) == [first]
        assert await told(rooms, EVERYTHING, since=later(1), until=later(3), action="auth.logout") == [second]

    async def test_everybody_reads_about_the_projects_they_see(self, rooms: Rooms) -> None:
        mine, binned = project(), project(deleted_at=later(1))
        also_mine = project(owner_id=mine.owner_id, deleted_at=later(1))
        await put(rooms.store, mine, also_mine, binned)
        about = {
            name: audit_entry(project_id=id_, at=later(number))
            for number, (name, id_) in enumerate(
                {"mine": mine.id, "also": also_mine.id, "foreign": binned.id, "gone": uuid4(), "none": None}.items()
            )
        }
        await put(rooms.store, *about.values())
        assert await told(rooms, EVERYTHING) == list(about.values())[::-1]
        assert await told(rooms, Scope(owner_id=mine.owner_id)) == [about["also"], about["mine"]]
        assert await told(rooms, Scope(owner_id=mine.owner_id), until=later(1)) == [about["mine"]]
        assert await told(rooms, Scope(project_id=mine.id)) == [about["mine"]]
        assert await told(rooms, Scope(owner_id=binned.owner_id)) == [about["foreign"]]
        assert await told(rooms, Scope(owner_id=uuid4())) == []
        assert await told(rooms, Scope()) == []
