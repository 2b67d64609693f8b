"""What every keeper of personal projects promises."""

from uuid import UUID, uuid4

import anyio

from application.ports.unit_of_work import UnitOfWork
from domain.projects import Project
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import project, put


async def set_up(rooms: Rooms, user_id: UUID, own: Project, instead_of: UUID | None = None) -> bool:
    async with rooms.store.begin() as unit:
        await unit.projects.add(own)
        done = await unit.personal_projects.put(user_id, own.id, instead_of=instead_of)
        if done:
            await unit.commit()
    return done


class PersonalProjectsContract:
    """Suite for `PersonalProjects` and `PersonalProjectReads`."""

    async def test_a_user_has_none_or_one(self, rooms: Rooms) -> None:
        anna, bob, own = uuid4(), uuid4(), project()
        assert await rooms.personal_projects.get(anna) is None
        assert await set_up(rooms, anna, own)
        assert await rooms.personal_projects.get(anna) == own.id
        assert await rooms.personal_projects.get(bob) is None
        assert not await set_up(rooms, anna, project())
        assert await rooms.personal_projects.get(anna) == own.id

    async def test_another_takes_its_place_only_when_it_is_the_one_that_was_seen(self, rooms: Rooms) -> None:
        anna, first, second = uuid4(), project(), project()
        await set_up(rooms, anna, first)
        assert not await set_up(rooms, anna, second, uuid4())
        assert await set_up(rooms, anna, second, first.id)
        async with rooms.store.begin() as unit:
            assert await unit.personal_projects.get(anna) == second.id

    async def test_goes_with_the_project(self, rooms: Rooms) -> None:
        anna, own = uuid4(), project()
        await set_up(rooms, anna, own)
        async with rooms.store.begin() as unit:
            await unit.projects.remove(own.id)
            await unit.commit()
        assert await rooms.personal_projects.get(anna) is None

    async def test_a_project_that_is_not_there_is_nobodys(self, rooms: Rooms) -> None:
        anna, own = uuid4(), project()
        await put(rooms.store, own)

        async def both(unit: UnitOfWork) -> None:
            await unit.projects.remove(own.id)
            assert await unit.personal_projects.get(anna) is None

        async with rooms.store.begin() as unit:
            await unit.personal_projects.put(anna, own.id, instead_of=None)
            await both(unit)

    async def test_of_many_at_once_one_is_made(self, rooms: Rooms) -> None:
        anna = uuid4()
        made: list[bool] = []

        async def make() -> None:
            made.append(await set_up(rooms, anna, project(owner_id=anna)))

        async with anyio.create_task_group() as tasks:
            for _ in range(8):
                tasks.start_soon(make)
        assert sorted(made) == [False] * 7 + [True]
