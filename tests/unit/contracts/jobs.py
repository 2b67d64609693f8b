"""What every queue promises."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import anyio
import pytest

from application.ports.jobs import Jobs
from domain.access import EVERYTHING, Scope
from domain.events import Event, EventKind
from domain.jobs import Job, JobKind, JobStatus, Lease, LeaseLost, Priority
from domain.pages import PageRequest
from domain.projects import ProjectMissing
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import NOW, ODD_TEXT, PLAIN_DATA, job, project, put, queued, refused

LONG = timedelta(seconds=30)
SHORT = timedelta(seconds=10)
A_MOMENT = timedelta(milliseconds=20)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

ENDINGS: dict[str, Callable[[Jobs, Lease], Awaitable[None]]] = {
    "complete": lambda jobs, lease: jobs.complete(lease),
    "fail": lambda jobs, lease: jobs.fail(lease, error="late"),
    "retry": lambda jobs, lease: jobs.retry(lease, error="late", after=LONG),
    "note": lambda jobs, lease: jobs.note(lease, progress=1, payload={"late": True}),
}


async def claim_one(rooms: Rooms, lease: timedelta = LONG) -> Job:
    (claimed,) = await rooms.queue.claim(slots=1, lease=lease)
    return claimed


def lease_of(claimed: Job) -> Lease:
    assert claimed.lease
    return claimed.lease


async def fetched(rooms: Rooms, job_id: UUID) -> Job:
    found = await rooms.jobs.get(EVERYTHING, job_id)
    assert found
    return found


class JobsContract:
    """Suite for `Jobs` and `JobReads`: making and ending jobs."""

    async def test_gives_a_job_back_as_it_was_but_with_the_databases_times(self, rooms: Rooms) -> None:
        home = project()
        kept = job(
            home.id,
            kind=JobKind.SYNC_PROJECT_VARIANTS,
            payload=PLAIN_DATA,
            priority=Priority.SYNC,
            max_attempts=7,
            unique_key=ODD_TEXT,
            trace=TRACE,
        )
        plain = job(home.id, file_id=None)
        await put(rooms.store, home)
        await queued(rooms.store, kept, plain)
        for expected in (kept, plain):
            found = await fetched(rooms, expected.id)
            assert found.run_at == found.created_at == found.updated_at != expected.created_at
            assert found.run_at.utcoffset() == timedelta(0)
            now = found.run_at
            assert found == replace(expected, run_at=now, created_at=now, updated_at=now)

    async def test_a_job_keeps_the_trace_it_was_first_queued_in(self, rooms: Rooms) -> None:
        home = project()
        first = job(home.id, unique_key="one", trace=TRACE)
        await put(rooms.store, home)
        await queued(rooms.store, first)
        async with rooms.store.begin() as unit:
            assert not await unit.jobs.add(job(home.id, unique_key="one", trace=TRACE[::-1]))
            await unit.commit()
        for end in ("retry", "fail", "complete"):
            claimed = await claim_one(rooms)
            assert claimed.trace == TRACE
            async with rooms.store.begin() as unit:
                if end == "retry":
                    await unit.jobs.retry(lease_of(claimed), after=timedelta(0), error="again")
                else:
                    await ENDINGS[end](unit.jobs, lease_of(claimed))
                if end == "fail":
                    assert await unit.job_control.requeue(first.id)
                await unit.commit()
        assert (await fetched(rooms, first.id)).trace == TRACE

    async def test_what_lies_outside_the_scope_is_absent(self, rooms: Rooms) -> None:
        home, other = project(), project()
        mine, foreign = job(home.id), job(other.id)
        await put(rooms.store, home, other)
        await queued(rooms.store, mine, foreign)
        for scope in (Scope(owner_id=home.owner_id), Scope(project_id=home.id)):
            assert await rooms.jobs.get(scope, mine.id)
            assert await rooms.jobs.get(scope, foreign.id) is None
            assert [found.id for found in (await rooms.jobs.page(scope, None, PageRequest())).items] == [mine.id]
        assert await rooms.jobs.get(EVERYTHING, uuid4()) is None

    async def test_pages_begin_with_the_newest_and_ask_for_a_status(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        kept = [job(home.id) for _ in range(3)]
        for each in kept:
            await queued(rooms.store, each)
            await rooms.pass_time(A_MOMENT)
        first = await rooms.jobs.page(EVERYTHING, None, PageRequest(1, 2))
        assert ([found.id for found in first.items], first.total) == ([kept[2].id, kept[1].id], 3)
        claimed = await claim_one(rooms)
        processing = await rooms.jobs.page(EVERYTHING, JobStatus.PROCESSING, PageRequest())
        assert (list(processing.items), processing.total) == ([claimed], 1)

    async def test_a_job_needs_its_project_and_an_id_of_its_own(self, rooms: Rooms) -> None:
        with pytest.raises(ProjectMissing):
            await queued(rooms.store, job(uuid4()))
        home = project()
        kept = job(home.id)
        await put(rooms.store, home)
        await queued(rooms.store, kept)
        with refused("already_there"):
            await queued(rooms.store, kept)

    async def test_a_kind_of_a_newer_program_is_shown_and_never_claimed(self, rooms: Rooms) -> None:
        home = project()
        unheard, ours = job(home.id, kind="SightComets"), job(home.id)
        await put(rooms.store, home)
        await queued(rooms.store, unheard, ours)
        for kinds in (None, list(JobKind)):
            assert unheard.id not in {each.id for each in await rooms.queue.claim(slots=9, lease=LONG, kinds=kinds)}
        found = await fetched(rooms, unheard.id)
        assert (found.kind, found.status, found.attempts) == ("SightComets", JobStatus.PENDING, 0)
        assert (await rooms.jobs.page(EVERYTHING, JobStatus.PENDING, PageRequest())).items == [found]

    async def test_an_unfinished_job_keeps_others_of_its_unique_key_out(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, job(home.id, unique_key="sync"))
        claimed = await claim_one(rooms)
        async with rooms.store.begin() as unit:
            assert not await unit.jobs.add(job(home.id, unique_key="sync"))
            assert await unit.jobs.add(job(home.id, unique_key="other"))
            await unit.jobs.complete(lease_of(claimed))
            assert await unit.jobs.add(job(home.id, unique_key="sync"))
            await unit.commit()
        assert (await rooms.jobs.page(EVERYTHING, JobStatus.PENDING, PageRequest())).total == 2

    async def test_of_many_with_one_unique_key_one_is_queued(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        answers: list[bool] = []

        async def ask() -> None:
            async with rooms.store.begin() as unit:
                answers.append(await unit.jobs.add(job(home.id, unique_key="sync")))
                await unit.commit()

        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(ask)
        assert sorted(answers) == [False] * 19 + [True]
        assert await rooms.queue.depth() == 1

    async def test_completing_ends_a_job(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, job(home.id))
        claimed = await claim_one(rooms)
        async with rooms.store.begin() as unit:
            await unit.jobs.complete(lease_of(claimed))
            await unit.commit()
        done = await fetched(rooms, claimed.id)
        assert (done.status, done.progress, done.lease, done.attempts) == (JobStatus.COMPLETED, 100, None, 1)
        assert await rooms.queue.claim(slots=1, lease=LONG) == []

    async def test_failing_ends_a_job_and_says_why(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, job(home.id))
        claimed = await claim_one(rooms)
        async with rooms.store.begin() as unit:
            await unit.jobs.fail(lease_of(claimed), error=ODD_TEXT)
            await unit.commit()
        ended = await fetched(rooms, claimed.id)
        assert (ended.status, ended.last_error, ended.lease) == (JobStatus.FAILED, ODD_TEXT, None)
        assert await rooms.queue.claim(slots=1, lease=LONG) == []

    async def test_any_error_text_can_be_noted(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, job(home.id))
        claimed = await claim_one(rooms)
        async with rooms.store.begin() as unit:
            await unit.jobs.fail(lease_of(claimed), error="decoder: \0 \udcff")
            await unit.commit()
        assert (await fetched(rooms, claimed.id)).status is JobStatus.FAILED

    @pytest.mark.parametrize("spent", [True, False])
    async def test_retrying_waits_and_counts_the_attempt_if_it_was_spent(self, rooms: Rooms, spent: bool) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, job(home.id))
        claimed = await claim_one(rooms)
        async with rooms.store.begin() as unit:
            await unit.jobs.retry(lease_of(claimed), error="later", after=SHORT, spent=spent)
            await unit.commit()
        waiting = await fetched(rooms, claimed.id)
        assert (waiting.status, waiting.attempts, waiting.last_error) == (JobStatus.PENDING, int(spent), "later")
        assert waiting.run_at > claimed.run_at
        assert waiting.lease is None
        assert await rooms.queue.claim(slots=1, lease=LONG) == []
        await rooms.pass_time(SHORT * 1.5)
        again = await claim_one(rooms)
        assert (again.id, again.attempts, again.crashes) == (claimed.id, 1 + spent, 0)

    async def test_retrying_without_an_error_keeps_the_last_one_and_may_change_the_payload(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, job(home.id, payload={"first": 1}))
        steps: list[dict[str, Any]] = [
            {"error": "broke"},
            {},
            {"payload": PLAIN_DATA},
            {"payload": {}, "error": "again"},
        ]
        seen = []
        for step in steps:
            claimed = await claim_one(rooms)
            async with rooms.store.begin() as unit:
                await unit.jobs.retry(lease_of(claimed), after=timedelta(0), **step)
                await unit.commit()
            found = await fetched(rooms, claimed.id)
            seen.append((found.last_error, found.payload))
        assert seen == [("broke", {"first": 1}), ("broke", {"first": 1}), ("broke", PLAIN_DATA), ("again", {})]

    async def test_noting_keeps_the_lease_and_whoever_takes_it_up_goes_on_from_there(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, job(home.id, payload={"first": 1}))
        claimed = await claim_one(rooms, SHORT)
        for payload, kept in ((None, {"first": 1}), (PLAIN_DATA, PLAIN_DATA), (None, PLAIN_DATA)):
            async with rooms.store.begin() as unit:
                await unit.jobs.note(lease_of(claimed), progress=42, payload=payload)
                await unit.commit()
            found = await fetched(rooms, claimed.id)
            assert (found.status, found.lease, found.attempts) == (JobStatus.PROCESSING, claimed.lease, 1)
            assert (found.progress, found.payload) == (42, kept)
        await rooms.pass_time(SHORT * 1.5)
        assert (await claim_one(rooms)).payload == PLAIN_DATA

    @pytest.mark.parametrize("ending", ENDINGS)
    async def test_a_stale_lease_ends_nothing_and_undoes_the_unit(self, rooms: Rooms, ending: str) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, job(home.id))
        stale = lease_of(await claim_one(rooms, SHORT))
        await rooms.pass_time(SHORT * 1.5)
        current = await claim_one(rooms)

        async def wake_up_late() -> None:
            async with rooms.store.begin() as unit:
                await unit.projects.count(home.id, files=1)
                with pytest.raises(LeaseLost):
                    await ENDINGS[ending](unit.jobs, stale)
                await unit.commit()

        with pytest.raises(LeaseLost):
            await wake_up_late()
        assert await fetched(rooms, current.id) == current
        assert await rooms.projects.get(EVERYTHING, home.id) == home


class JobQueueContract:
    """Suite for `JobQueue`: who gets which job."""

    async def test_a_claim_takes_the_job_under_a_lease(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, job(home.id))
        assert await rooms.queue.depth() == 1
        claimed = await claim_one(rooms)
        assert (claimed.status, claimed.attempts, claimed.crashes) == (JobStatus.PROCESSING, 1, 0)
        lease = lease_of(claimed)
        assert (lease.job_id, lease.until - claimed.updated_at) == (claimed.id, LONG)
        assert await fetched(rooms, claimed.id) == claimed
        assert await rooms.queue.depth() == 0
        assert await rooms.another_queue().claim(slots=9, lease=LONG) == []

    async def test_claims_no_more_than_there_are_slots_and_jobs(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, *[job(home.id) for _ in range(5)])
        assert await rooms.queue.claim(slots=0, lease=LONG) == []
        assert len(await rooms.queue.claim(slots=3, lease=LONG)) == 3
        assert len(await rooms.queue.claim(slots=3, lease=LONG)) == 2

    async def test_claims_only_the_kinds_asked_for(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, *[job(home.id, kind=kind) for kind in JobKind])
        wanted = {JobKind.SYNC_FILE_VARIANTS, JobKind.PROCESS_IMAGE}
        assert await rooms.queue.claim(slots=9, lease=LONG, kinds=[]) == []
        assert {found.kind for found in await rooms.queue.claim(slots=9, lease=LONG, kinds=wanted)} == wanted
        assert len(await rooms.queue.claim(slots=len(JobKind), lease=LONG)) == len(JobKind) - 2

    async def test_a_delayed_job_is_not_due(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, job(home.id), delay=SHORT)
        assert await rooms.queue.claim(slots=1, lease=LONG) == []
        assert await rooms.queue.depth() == 0
        await rooms.pass_time(SHORT * 1.5)
        assert await rooms.queue.depth() == 1
        assert await claim_one(rooms)

    async def test_urgent_jobs_go_first_then_the_longest_due(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        order = []
        for priority in (Priority.HOUSEKEEPING, Priority.UPLOAD, Priority.SYNC, Priority.UPLOAD):
            order.append(job(home.id, priority=priority, kind=JobKind.SYNC_FILE_VARIANTS))
            await queued(rooms.store, order[-1])
            await rooms.pass_time(A_MOMENT)
        expected = [order[1].id, order[3].id, order[2].id, order[0].id]
        assert [(await claim_one(rooms)).id for _ in range(2)] == expected[:2]
        assert [found.id for found in await rooms.queue.claim(slots=9, lease=LONG)] == expected[2:]

    @pytest.mark.parametrize("slots", [1, 4])
    async def test_no_project_starves_another(self, rooms: Rooms, slots: int) -> None:
        big, small, last = project(), project(), project()
        await put(rooms.store, big, small, last)
        await queued(rooms.store, *[job(big.id) for _ in range(60)])
        await rooms.pass_time(A_MOMENT)
        await queued(rooms.store, *[job(small.id) for _ in range(4)], *[job(last.id) for _ in range(4)])
        served: Counter[UUID | None] = Counter()
        for _ in range(24 // slots):
            served.update(found.project_id for found in await rooms.queue.claim(slots=slots, lease=LONG))
        assert served == {big.id: 16, small.id: 4, last.id: 4}

    async def test_every_project_has_its_turn_however_many_there_are(self, rooms: Rooms) -> None:
        homes = [project() for _ in range(50)]
        await put(rooms.store, *homes)
        await queued(rooms.store, *[job(home.id) for home in homes for _ in range(3)])
        served = [found.project_id for _ in range(10) for found in await rooms.queue.claim(slots=5, lease=LONG)]
        assert set(served) == {home.id for home in homes}

    async def test_an_upload_of_any_project_goes_before_a_sync_of_another(self, rooms: Rooms) -> None:
        homes = [project() for _ in range(3)]
        await put(rooms.store, *homes)
        await queued(rooms.store, *[job(homes[0].id, priority=Priority.SYNC) for _ in range(5)])
        await queued(rooms.store, *[job(home.id) for home in homes[1:] for _ in range(2)])
        claimed = [(await claim_one(rooms)).priority for _ in range(5)]
        assert claimed == [Priority.UPLOAD] * 4 + [Priority.SYNC]

    async def test_an_expired_lease_can_be_claimed_and_counts_as_a_crash(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, job(home.id))
        first = await claim_one(rooms, SHORT)
        assert await rooms.another_queue().claim(slots=1, lease=LONG) == []
        await rooms.pass_time(SHORT * 1.5)
        assert await rooms.queue.depth() == 1
        (second,) = await rooms.another_queue().claim(slots=1, lease=SHORT)
        assert (second.id, second.attempts, second.crashes) == (first.id, 2, 1)
        assert lease_of(second).token != lease_of(first).token
        with pytest.raises(LeaseLost):
            await rooms.queue.extend(lease_of(first), by=LONG, progress=50)
        await rooms.queue.hand_back(lease_of(first))
        assert await fetched(rooms, first.id) == second

    async def test_an_expired_lease_goes_before_what_waits_in_any_project(self, rooms: Rooms) -> None:
        crashed, busy, other = project(), project(), project()
        await put(rooms.store, crashed, busy, other)
        await queued(rooms.store, job(crashed.id))
        first = await claim_one(rooms, SHORT)
        await queued(rooms.store, *[job(home.id) for home in (busy, other, crashed) for _ in range(3)])
        await rooms.pass_time(SHORT * 1.5)
        assert (await rooms.another_queue().claim(slots=1, lease=LONG))[0].id == first.id

    async def test_an_expired_lease_keeps_its_urgency(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, job(home.id, priority=Priority.SYNC))
        crashed = await claim_one(rooms, SHORT)
        upload, sync = job(home.id), job(home.id, priority=Priority.SYNC)
        await queued(rooms.store, sync, upload)
        await rooms.pass_time(SHORT * 1.5)
        assert [(await claim_one(rooms)).id for _ in range(3)] == [upload.id, crashed.id, sync.id]

    async def test_extending_keeps_the_job_and_tells_progress(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, job(home.id))
        claimed = await claim_one(rooms, SHORT)
        extended = await rooms.queue.extend(lease_of(claimed), by=LONG, progress=42)
        assert (extended.job_id, extended.token) == (claimed.id, lease_of(claimed).token)
        assert extended.until > lease_of(claimed).until
        working = await fetched(rooms, claimed.id)
        assert (working.progress, working.lease) == (42, extended)
        await rooms.pass_time(SHORT * 1.5)
        assert await rooms.another_queue().claim(slots=1, lease=LONG) == []

    async def test_an_ended_or_unknown_job_cannot_be_extended(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, job(home.id))
        claimed = await claim_one(rooms)
        async with rooms.store.begin() as unit:
            await unit.jobs.complete(lease_of(claimed))
            await unit.commit()
        for lease in (lease_of(claimed), replace(lease_of(claimed), job_id=uuid4())):
            with pytest.raises(LeaseLost):
                await rooms.queue.extend(lease, by=LONG, progress=1)
            await rooms.queue.hand_back(lease)
        assert (await fetched(rooms, claimed.id)).status is JobStatus.COMPLETED

    async def test_what_had_no_effect_is_finished_with_a_word_of_it(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, job(home.id))
        claimed = await claim_one(rooms)
        told = Event(EventKind.JOB_UPDATE, home.id, NOW, None, claimed.id, {"status": "completed"})
        await rooms.queue.finish(lease_of(claimed), told)
        ended = await fetched(rooms, claimed.id)
        assert (ended.status, ended.progress, ended.lease) == (JobStatus.COMPLETED, 100, None)
        assert list(await rooms.events.of_job(EVERYTHING, claimed.id)) == [told]
        with pytest.raises(LeaseLost):
            await rooms.queue.finish(lease_of(claimed), told)
        assert list(await rooms.events.of_job(EVERYTHING, claimed.id)) == [told]

    async def test_many_finished_at_once_each_end_once_and_by_their_own_lease(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, *[job(home.id) for _ in range(5)])
        claimed = await rooms.queue.claim(slots=5, lease=LONG)
        leases = [lease_of(each) for each in claimed]
        stale = replace(leases[0], token=uuid4())
        told = {
            each.id: Event(EventKind.JOB_UPDATE, home.id, NOW, None, each.id, {"status": f"completed {number}"})
            for number, each in enumerate(claimed)
        }
        finishing = [rooms.queue.finish(lease, told[lease.job_id]) for lease in (stale, *leases, leases[1])]
        ends = await asyncio.gather(*finishing, return_exceptions=True)
        assert [type(end) for end in ends] == [LeaseLost, *[type(None)] * 5, LeaseLost]
        for each in claimed:
            assert (await fetched(rooms, each.id)).status is JobStatus.COMPLETED
            assert list(await rooms.events.of_job(EVERYTHING, each.id)) == [told[each.id]]

    async def test_who_stops_waiting_for_the_end_leaves_the_others_theirs(self, rooms: Rooms) -> None:
        home = project()
        await put(rooms.store, home)
        await queued(rooms.store, *[job(home.id) for _ in range(3)])
        claimed = await rooms.queue.claim(slots=3, lease=LONG)
        finishing = []
        for each in claimed:
            told = Event(EventKind.JOB_UPDATE, home.id, NOW, None, each.id, {})
            finishing.append(asyncio.ensure_future(rooms.queue.finish(lease_of(each), told)))
        await asyncio.sleep(0)
        finishing[0].cancel()
        ends = await asyncio.gather(*finishing, return_exceptions=True)
        assert ends[1:] == [None, None]
        for each in claimed[1:]:
            assert (await fetched(rooms, each.id)).status is JobStatus.COMPLETED

    async def test_handing_back_gives_the_attempt_and_the_place_back(self, rooms: Rooms) -> None:
        home = project()
        first, second = job(home.id), job(home.id)
        await put(rooms.store, home)
        await queued(rooms.store, first)
        await rooms.pass_time(A_MOMENT)
        await queued(rooms.store, second)
        claimed = await claim_one(rooms)
        await rooms.queue.hand_back(lease_of(claimed))
        back = await fetched(rooms, first.id)
        assert (back.status, back.attempts, back.crashes, back.lease) == (JobStatus.PENDING, 0, 0, None)
        again = await claim_one(rooms)
        assert (again.id, again.attempts, again.crashes) == (first.id, 1, 0)

    async def test_jobs_of_no_project_are_claimed_like_any_other(self, rooms: Rooms) -> None:
        alone = job(None, file_id=None)
        await queued(rooms.store, alone)
        (claimed,) = await rooms.queue.claim(slots=3, lease=LONG)
        assert (claimed.id, claimed.project_id, claimed.file_id) == (alone.id, None, None)
        assert await fetched(rooms, alone.id) == claimed
        await rooms.queue.hand_back(lease_of(claimed))
        assert (await claim_one(rooms)).id == alone.id

    @pytest.mark.parametrize("slots", [1, 4])
    async def test_jobs_of_no_project_take_turns_with_the_projects(self, rooms: Rooms, slots: int) -> None:
        homes = [project() for _ in range(2)]
        await put(rooms.store, *homes)
        await queued(rooms.store, *[job(None) for _ in range(40)])
        await rooms.pass_time(A_MOMENT)
        await queued(rooms.store, *[job(home.id) for home in homes for _ in range(40)])
        served: Counter[UUID | None] = Counter()
        for _ in range(24 // slots):
            served.update(found.project_id for found in await rooms.queue.claim(slots=slots, lease=LONG))
        assert set(served) == {homes[0].id, homes[1].id, None}
        assert max(served.values()) - min(served.values()) <= 1

    async def test_many_workers_claim_every_job_once(self, rooms: Rooms) -> None:
        homes = [project() for _ in range(3)]
        jobs = [job(homes[number % 3].id) for number in range(200)]
        await put(rooms.store, *homes)
        await queued(rooms.store, *jobs)
        claimed: list[Job] = []

        async def work() -> None:
            queue = rooms.another_queue()
            while found := await queue.claim(slots=3, lease=LONG):
                claimed.extend(found)

        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(work)
        assert sorted(found.id for found in claimed) == sorted(each.id for each in jobs)
        assert {found.attempts for found in claimed} == {1}
