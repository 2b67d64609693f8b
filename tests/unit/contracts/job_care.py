"""What every queue promises to those who look after jobs."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.access import EVERYTHING, Scope
from domain.jobs import Job, JobCounts, JobKind, JobStatus, Lease, LeaseLost
from domain.pages import PageRequest
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import job, later, project, put, queued

LONG = timedelta(seconds=30)
A_MOMENT = timedelta(milliseconds=20)


async def claimed(rooms: Rooms) -> tuple[Job, Lease]:
    (found,) = await rooms.queue.claim(slots=1, lease=LONG)
    assert found.lease
    return found, found.lease


async def fetched(rooms: Rooms, job_id: UUID) -> Job:
    found = await rooms.jobs.get(EVERYTHING, job_id)
    assert found
    return found


async def failed(rooms: Rooms, kept: Job) -> Job:
    """A job that was tried once and for all."""
    await queued(rooms.store, kept)
    _, lease = await claimed(rooms)
    async with rooms.store.begin() as unit:
        await unit.jobs.fail(lease, error="broke")
        await unit.commit()
    return await fetched(rooms, kept.id)


class JobControlContract:
    """Suite for `JobControl`."""

    async def test_what_lies_outside_the_scope_is_absent(self, rooms: Rooms) -> None:
        home, erased = project(), project().erasing(later(1))
        mine, gone, of_nobody = job(home.id), job(erased.id), job(None)
        await put(rooms.store, home, erased)
        await queued(rooms.store, mine, gone, of_nobody)
        async with rooms.store.begin() as unit:
            for scope in (EVERYTHING, Scope(owner_id=home.owner_id), Scope(project_id=home.id)):
                assert await unit.job_control.get(scope, mine.id) == await fetched(rooms, mine.id)
            for scope in (Scope(owner_id=uuid4()), Scope(owner_id=erased.owner_id), Scope()):
                for each in (mine, gone, of_nobody):
                    assert await unit.job_control.get(scope, each.id) is None
            for each in (gone, of_nobody):
                assert await unit.job_control.get(EVERYTHING, each.id) == await fetched(rooms, each.id)
            assert await unit.job_control.get(EVERYTHING, uuid4()) is None

    async def test_requeued_a_job_has_all_its_attempts_again(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        kept = await failed(rooms, job(home.id, unique_key="sync", payload={"a": 1}))
        await rooms.pass_time(A_MOMENT)
        kept = await fetched(rooms, kept.id)
        async with rooms.store.begin() as unit:
            assert await unit.job_control.requeue(kept.id)
            await unit.commit()
        again = await fetched(rooms, kept.id)
        assert (again.status, again.attempts, again.crashes, again.progress) == (JobStatus.PENDING, 0, 0, 0)
        assert (again.payload, again.created_at, again.lease) == ({"a": 1}, kept.created_at, None)
        assert again.run_at == again.updated_at > kept.updated_at
        assert (await claimed(rooms))[0].id == kept.id

    async def test_a_job_that_waits_for_later_or_is_under_way_can_be_requeued(self, rooms: Rooms) -> None:
        home = project()
        delayed, working = job(home.id, unique_key="later"), job(home.id, unique_key="working")
        await put(rooms.store, home)
        await queued(rooms.store, working)
        _, lease = await claimed(rooms)
        await queued(rooms.store, delayed, delay=LONG)
        async with rooms.store.begin() as unit:
            assert await unit.job_control.requeue(delayed.id)
            assert await unit.job_control.requeue(working.id)
            assert not await unit.job_control.requeue(uuid4())
            await unit.commit()
        with pytest.raises(LeaseLost):
            await rooms.queue.extend(lease, by=LONG, progress=1)
        assert {each.id for each in await rooms.queue.claim(slots=9, lease=LONG)} == {delayed.id, working.id}

    async def test_a_job_is_not_requeued_while_another_has_its_unique_key(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        kept = await failed(rooms, job(home.id, unique_key="sync"))
        other, neighbour = job(home.id, unique_key="sync"), job(home.id)
        await queued(rooms.store, other)
        async with rooms.store.begin() as unit:
            assert not await unit.job_control.requeue(kept.id)
            assert await unit.jobs.add(neighbour)
            await unit.commit()
        assert await fetched(rooms, kept.id) == kept
        assert await fetched(rooms, neighbour.id)
        async with rooms.store.begin() as unit:
            await unit.job_control.cancel(other.id)
            assert await unit.job_control.requeue(kept.id)
            await unit.commit()

    async def test_a_cancelled_job_is_not_done_and_nobody_holds_it(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        working, waiting = job(home.id), job(home.id, unique_key="sync")
        await queued(rooms.store, working)
        _, lease = await claimed(rooms)
        await queued(rooms.store, waiting)
        async with rooms.store.begin() as unit:
            await unit.job_control.cancel(working.id)
            await unit.job_control.cancel(waiting.id)
            await unit.job_control.cancel(uuid4())
            assert await unit.jobs.add(job(home.id, unique_key="sync"), delay=LONG)
            await unit.commit()
        for each in (working, waiting):
            found = await fetched(rooms, each.id)
            assert (found.status, found.lease) == (JobStatus.CANCELLED, None)
        assert await rooms.queue.claim(slots=9, lease=LONG) == []
        with pytest.raises(LeaseLost):
            await rooms.queue.extend(lease, by=LONG, progress=1)

    async def test_what_has_ended_is_not_cancelled(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        kept = await failed(rooms, job(home.id))
        async with rooms.store.begin() as unit:
            await unit.job_control.cancel(kept.id)
            await unit.commit()
        assert await fetched(rooms, kept.id) == kept

    async def test_a_removed_job_is_gone(self, rooms: Rooms) -> None:
        home = project()
        kept, other = job(home.id), job(home.id)
        await put(rooms.store, home)
        await queued(rooms.store, kept, other)
        async with rooms.store.begin() as unit:
            await unit.job_control.remove(kept.id)
            await unit.job_control.remove(uuid4())
            await unit.commit()
        assert await rooms.jobs.get(EVERYTHING, kept.id) is None
        assert await fetched(rooms, other.id)


class JobReadsContract:
    """Suite for what `JobReads` tells of many jobs."""

    async def test_jobs_of_no_project_are_only_for_everything(self, rooms: Rooms) -> None:
        home, erased = project(), project().erasing(later(1))
        mine, gone, of_nobody = job(home.id), job(erased.id), job(None, kind=JobKind.SWEEP_ORPHANS)
        await put(rooms.store, home, erased)
        await queued(rooms.store, mine, gone, of_nobody)
        assert (await fetched(rooms, of_nobody.id)).project_id is None
        assert (await rooms.jobs.page(EVERYTHING, None, PageRequest())).total == 3
        assert (await rooms.jobs.counts(EVERYTHING)).waiting == 3
        for scope, seen in (
            (Scope(owner_id=home.owner_id), [mine.id]),
            (Scope(project_id=home.id), [mine.id]),
            (Scope(owner_id=erased.owner_id), []),
            (Scope(), []),
        ):
            assert await rooms.jobs.get(scope, of_nobody.id) is None
            assert await rooms.jobs.get(scope, gone.id) is None
            page = await rooms.jobs.page(scope, None, PageRequest())
            assert ([each.id for each in page.items], page.total) == (seen, len(seen))
            assert (await rooms.jobs.counts(scope)).waiting == len(seen)
            assert len(await rooms.jobs.projects(scope, None, 9)) == len(seen)

    async def test_jobs_outlive_their_project_for_everything(self, rooms: Rooms) -> None:
        home = project()
        kept = job(home.id)
        await put(rooms.store, home)
        await queued(rooms.store, kept)
        async with rooms.store.begin() as unit:
            await unit.projects.save(home.erasing(later(1)))
            await unit.commit()
        assert (await fetched(rooms, kept.id)).project_id == home.id
        assert await rooms.jobs.projects(EVERYTHING, None, 9) == []

    async def test_some_jobs_can_be_asked_for(self, rooms: Rooms) -> None:
        home = project()
        kept = [job(home.id), job(None), job(home.id)]
        await put(rooms.store, home)
        await queued(rooms.store, *kept)
        found = await rooms.jobs.some([kept[0].id, uuid4(), kept[1].id, kept[0].id])
        expected = [await fetched(rooms, each.id) for each in kept[:2]]
        assert sorted(found, key=lambda each: each.id) == sorted(expected, key=lambda each: each.id)
        assert await rooms.jobs.some([]) == []

    async def test_pages_of_one_project_can_be_asked_for(self, rooms: Rooms) -> None:
        home, other = project(), project()
        mine, foreign = job(home.id), job(other.id)
        await put(rooms.store, home, other)
        await queued(rooms.store, mine, foreign, job(None))
        for scope, project_id, seen in (
            (EVERYTHING, home.id, [mine.id]),
            (EVERYTHING, uuid4(), []),
            (Scope(owner_id=home.owner_id), home.id, [mine.id]),
            (Scope(owner_id=home.owner_id), other.id, []),
        ):
            page = await rooms.jobs.page(scope, JobStatus.PENDING, PageRequest(), project_id=project_id)
            assert ([each.id for each in page.items], page.total) == (seen, len(seen))

    async def test_projects_that_have_jobs_are_told_newest_first(self, rooms: Rooms) -> None:
        owner = uuid4()
        homes = [project(owner_id=owner, name=f"home {number}", created_at=later(number)) for number in range(4)]
        await put(rooms.store, *homes, project(owner_id=owner))
        await queued(rooms.store, job(homes[3].id))
        await claimed(rooms)
        await queued(rooms.store, *[job(home.id) for home in homes[:3] for _ in range(3)], job(None))
        named = [(home.id, home.name) for home in reversed(homes)]
        assert await rooms.jobs.projects(EVERYTHING, None, 9) == named
        assert await rooms.jobs.projects(Scope(owner_id=owner), JobStatus.PENDING, 9) == named[1:]
        assert await rooms.jobs.projects(Scope(owner_id=owner), JobStatus.PROCESSING, 9) == named[:1]
        assert await rooms.jobs.projects(EVERYTHING, None, 2) == named[:2]
        assert await rooms.jobs.projects(Scope(owner_id=uuid4()), None, 9) == []

    async def test_counts_tell_where_jobs_stand(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        assert await rooms.jobs.counts(EVERYTHING) == JobCounts()
        for _ in range(2):
            await failed(rooms, job(home.id))
        for _ in range(3):
            await queued(rooms.store, job(home.id))
            _, lease = await claimed(rooms)
            async with rooms.store.begin() as unit:
                await unit.jobs.complete(lease)
                await unit.commit()
        cancelled = job(home.id)
        await queued(rooms.store, cancelled)
        async with rooms.store.begin() as unit:
            await unit.job_control.cancel(cancelled.id)
            await unit.commit()
        await queued(rooms.store, *[job(home.id) for _ in range(4)])
        assert len(await rooms.queue.claim(slots=4, lease=LONG)) == 4
        await queued(rooms.store, *[job(home.id) for _ in range(5)])
        await queued(rooms.store, *[job(home.id) for _ in range(6)], delay=LONG)
        counts = JobCounts(waiting=5, active=4, completed=3, failed=2, delayed=6, cancelled=1)
        assert await rooms.jobs.counts(EVERYTHING) == counts
        assert await rooms.jobs.counts(Scope(owner_id=home.owner_id)) == counts
        assert await rooms.jobs.counts(Scope(owner_id=uuid4())) == JobCounts()
