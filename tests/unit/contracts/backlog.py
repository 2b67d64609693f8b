"""What everybody promises who counts the queue as a whole."""

from collections.abc import Sequence
from datetime import timedelta

from application.ports.backlog import JobState, Standing
from domain.jobs import JobKind
from tests.unit.contracts.jobs import claim_one, lease_of
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import job, project, put, queued

A_MOMENT, LEASE, NEVER = timedelta(milliseconds=50), timedelta(minutes=1), timedelta(days=1)


def counts(backlog: Sequence[Standing]) -> dict[tuple[str, JobState], int]:
    return {(each.kind, each.state): each.jobs for each in backlog if each.jobs}


def longest(backlog: Sequence[Standing]) -> dict[str, float]:
    return {each.kind: each.longest for each in backlog if each.state is JobState.WAITING}


class BacklogContract:
    """Suite for `BacklogReads`."""

    async def test_nothing_is_nothing(self, rooms: Rooms) -> None:
        assert not [*await rooms.backlog.unfinished(), *await rooms.backlog.ended()]

    async def test_counts_by_kind_and_by_where_jobs_stand(self, rooms: Rooms) -> None:
        home, other = project(), project()
        await put(rooms.store, home, other)
        await queued(rooms.store, job(home.id), job(other.id), job(home.id))
        await queued(rooms.store, job(home.id), delay=NEVER)
        await queued(rooms.store, job(None, kind=JobKind.SWEEP_ORPHANS), delay=NEVER)
        await claim_one(rooms, NEVER)
        assert counts(await rooms.backlog.unfinished()) == {
            (JobKind.PROCESS_IMAGE, JobState.WAITING): 2,
            (JobKind.PROCESS_IMAGE, JobState.ACTIVE): 1,
            (JobKind.PROCESS_IMAGE, JobState.DELAYED): 1,
            (JobKind.SWEEP_ORPHANS, JobState.DELAYED): 1,
        }
        assert not await rooms.backlog.ended()

    async def test_counts_what_has_ended(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, *(job(home.id) for _ in range(4)))
        for _ in range(2):
            await self._end(rooms, "complete")
        await self._end(rooms, "fail")
        cancelled = await claim_one(rooms)
        async with rooms.store.begin() as unit:
            await unit.job_control.cancel(cancelled.id)
            await unit.commit()
        assert counts(await rooms.backlog.ended()) == {
            (JobKind.PROCESS_IMAGE, JobState.COMPLETED): 2,
            (JobKind.PROCESS_IMAGE, JobState.FAILED): 1,
            (JobKind.PROCESS_IMAGE, JobState.CANCELLED): 1,
        }
        assert not await rooms.backlog.unfinished()

    async def test_says_for_how_long_the_oldest_of_a_kind_has_been_due(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, job(home.id))
        await queued(rooms.store, job(None, kind=JobKind.SWEEP_ORPHANS), delay=NEVER)
        await rooms.pass_time(A_MOMENT)
        await queued(rooms.store, job(home.id))
        told = longest(await rooms.backlog.unfinished())
        assert A_MOMENT.total_seconds() <= told[JobKind.PROCESS_IMAGE] < 30
        assert told[JobKind.SWEEP_ORPHANS] == 0

    async def test_a_job_whose_worker_fell_silent_is_due_although_it_is_active(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, job(home.id))
        await claim_one(rooms, LEASE)
        assert longest(await rooms.backlog.unfinished()) == {JobKind.PROCESS_IMAGE: 0}
        await rooms.pass_time(LEASE + A_MOMENT)
        found = await rooms.backlog.unfinished()
        assert counts(found) == {(JobKind.PROCESS_IMAGE, JobState.ACTIVE): 1}
        assert longest(found)[JobKind.PROCESS_IMAGE] >= A_MOMENT.total_seconds()

    async def _end(self, rooms: Rooms, how: str) -> None:
        lease = lease_of(await claim_one(rooms))
        async with rooms.store.begin() as unit:
            await (unit.jobs.complete(lease) if how == "complete" else unit.jobs.fail(lease, error="no"))
            await unit.commit()
