"""What every store promises about changes that belong together."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import anyio
import anyio.lowlevel
import pytest

from domain.access import EVERYTHING
from domain.identity import UsernameTaken
from domain.projects import Project
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import event, job, media_file, project, put, refused, user, variant


async def fill(unit_rooms: Rooms, home: Project, *, commit: bool) -> None:
    async with unit_rooms.store.begin() as unit:
        file = media_file(home.id)
        await unit.projects.add(home)
        await unit.files.add(replace(file, variants=(variant(file.id, "a"),)))
        await unit.jobs.add(job(home.id, unique_key=str(home.id)))
        await unit.events.add(event(home.id, file_id=home.id))
        if commit:
            await unit.commit()


async def cancelled_after(turns: int, task: "asyncio.Task[None]", *, insisting: bool) -> None:
    """Cancel a task natively, once or again and again, when it has had so many turns of the loop.

    First at every turn, then at every millisecond: a task that waits for a thread would make the loop spin.
    """
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    again = 0
    while insisting and not task.done():
        await asyncio.sleep(0 if again < 50 else 0.001)
        task.cancel()
        again += 1
    with suppress(asyncio.CancelledError):
        await task


async def traces(rooms: Rooms, home: Project) -> list[bool]:
    return [
        await rooms.projects.get(EVERYTHING, home.id) is not None,
        await rooms.queue.depth() > 0,
        bool(await rooms.events.of_file(EVERYTHING, home.id)),
    ]


class UnitOfWorkContract:
    """Suite for `Store` and `UnitOfWork`."""

    async def test_the_store_says_that_it_is_there(self, rooms: Rooms) -> None:
        await rooms.store.check()

    async def test_a_commit_keeps_everything(self, rooms: Rooms) -> None:
        home = project()
        await fill(rooms, home, commit=True)
        assert await traces(rooms, home) == [True, True, True]

    async def test_leaving_without_commit_leaves_nothing(self, rooms: Rooms) -> None:
        home = project()
        await fill(rooms, home, commit=False)
        assert await traces(rooms, home) == [False, False, False]
        await fill(rooms, home, commit=True)

    async def test_an_exception_undoes_everything(self, rooms: Rooms) -> None:
        home = project()

        async def fail() -> None:
            async with rooms.store.begin() as unit:
                await unit.projects.add(home)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()
        assert await traces(rooms, home) == [False, False, False]

    async def test_cancellation_undoes_everything_and_lets_others_go_on(self, rooms: Rooms) -> None:
        home = project()
        for _ in range(5):
            with anyio.move_on_after(0.02) as scope:
                async with rooms.store.begin() as unit:
                    await unit.projects.add(home)
                    await anyio.sleep(10)
            assert scope.cancelled_caught
        assert await traces(rooms, home) == [False, False, False]
        await fill(rooms, home, commit=True)

    async def test_cancellation_in_the_midst_of_statements_leaves_whole_units_only(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        committed = 0
        for number in range(20):
            with anyio.move_on_after(number * 0.0007):
                async with rooms.store.begin() as unit:
                    for _ in range(3):
                        await unit.projects.count(home.id, files=1)
                    await unit.commit()
                    committed += 1
        counted = await rooms.projects.get(EVERYTHING, home.id)
        assert counted
        # A unit that was cancelled while it committed may have been kept, but only as a whole.
        assert counted.files_count % 3 == 0
        assert committed * 3 <= counted.files_count <= 60

    @pytest.mark.parametrize("insisting", [False, True])
    async def test_a_commit_that_began_is_carried_to_its_end(self, rooms: Rooms, insisting: bool) -> None:
        for turns in range(25):
            home, committing = project(), asyncio.Event()

            async def change(home: Project = home, committing: asyncio.Event = committing) -> None:
                async with rooms.store.begin() as unit:
                    await unit.projects.add(home)
                    committing.set()
                    await unit.commit()

            task = asyncio.create_task(change())
            await committing.wait()
            await cancelled_after(turns, task, insisting=insisting)
            with anyio.fail_after(2):
                assert await rooms.projects.get(EVERYTHING, home.id) == home

    async def test_a_native_cancellation_leaves_no_connection_lent(self, rooms: Rooms) -> None:
        for turns in range(50):
            home = project()
            task = asyncio.create_task(fill(rooms, home, commit=True))
            await cancelled_after(turns, task, insisting=True)
        # Whatever was not given back would be missing now.
        with anyio.fail_after(5):
            async with anyio.create_task_group() as tasks:
                for _ in range(20):
                    tasks.start_soon(put, rooms.store, project())

    async def test_nobody_sees_changes_before_the_commit(self, rooms: Rooms) -> None:
        home = project()
        async with rooms.store.begin() as unit:
            await unit.projects.add(home)
            assert await unit.projects.get(EVERYTHING, home.id) == home
            assert await rooms.projects.get(EVERYTHING, home.id) is None
            await unit.commit()
        assert await rooms.projects.get(EVERYTHING, home.id) == home

    async def test_nothing_is_committed_after_a_refusal(self, rooms: Rooms) -> None:
        home, taken = project(), user()
        await put(rooms.store, taken)

        async def insist() -> None:
            async with rooms.store.begin() as unit:
                await unit.projects.add(home)
                with pytest.raises(UsernameTaken):
                    await unit.users.add(user(username=taken.username))
                await unit.commit()

        with pytest.raises(UsernameTaken):
            await insist()
        with refused("already_there"):
            await put(rooms.store, home, home)
        assert await rooms.projects.get(EVERYTHING, home.id) is None

    async def test_a_committed_unit_is_over(self, rooms: Rooms) -> None:
        home = project()
        async with rooms.store.begin() as unit:
            await unit.commit()
            with pytest.raises(RuntimeError):
                await unit.projects.add(home)
            with pytest.raises(RuntimeError):
                await unit.commit()
        assert await rooms.projects.get(EVERYTHING, home.id) is None

    @pytest.mark.parametrize("what", ["projects", "users", "files"])
    async def test_no_update_is_lost_however_many_read_and_write(self, rooms: Rooms, what: str) -> None:
        home, account = project(description=""), user(password_hash="")
        file = media_file(home.id, reason="")
        await put(rooms.store, home, account, file)

        async def append(letter: str) -> None:
            async with rooms.store.begin() as unit:
                match what:
                    case "projects":
                        found = await unit.projects.get(EVERYTHING, home.id)
                        assert found
                        await anyio.lowlevel.checkpoint()
                        await unit.projects.save(replace(found, description=f"{found.description}{letter}"))
                    case "users":
                        reader = await unit.users.named(account.username)
                        assert reader
                        await anyio.lowlevel.checkpoint()
                        await unit.users.save(replace(reader, password_hash=f"{reader.password_hash}{letter}"))
                    case _:
                        held = await unit.files.get(EVERYTHING, file.id)
                        assert held
                        await anyio.lowlevel.checkpoint()
                        await unit.files.save(replace(held, reason=f"{held.reason}{letter}"))
                await unit.commit()

        letters = "abcdefghijklmnopqrst"
        async with anyio.create_task_group() as tasks:
            for letter in letters:
                tasks.start_soon(append, letter)
        project_after = await rooms.projects.get(EVERYTHING, home.id)
        account_after = await rooms.users.get(account.id)
        file_after = await rooms.files.get(EVERYTHING, file.id)
        assert project_after
        assert account_after
        assert file_after
        written = {
            "projects": project_after.description,
            "users": account_after.password_hash,
            "files": file_after.file.reason,
        }
        assert sorted(written[what] or "") == list(letters)
