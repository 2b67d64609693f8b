"""What everybody promises who forgets what is too old."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from application.ports.audit import AuditQuery
from application.ports.history import Past
from domain.access import EVERYTHING
from domain.events import Position
from domain.jobs import Job, JobKind, JobStatus, LeaseLost
from domain.oauth import PendingSignIn
from domain.pages import PageRequest
from tests.unit.contracts.events import followed
from tests.unit.contracts.presigned_uploads import done, kept, presigned
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import (
    audit_entry,
    event,
    job,
    project,
    put,
    queued,
    refresh_token,
    session,
    user,
)

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)
A_WHILE = timedelta(hours=1)
ALL = PageRequest(1, 100)


async def ended(rooms: Rooms, project_id: UUID | None, how: JobStatus) -> Job:
    """A job that has come to this."""
    kept = job(project_id)
    await queued(rooms.store, kept)
    (claimed,) = await rooms.queue.claim(slots=1, lease=A_DAY)
    lease = claimed.lease
    if lease is None:
        raise LeaseLost("nobody holds this job")
    async with rooms.store.begin() as unit:
        match how:
            case JobStatus.COMPLETED:
                await unit.jobs.complete(lease)
            case JobStatus.FAILED:
                await unit.jobs.fail(lease, error="x")
            case _:
                await unit.job_control.cancel(kept.id)
        await unit.commit()
    return kept


class HistoryContract:
    """Suite for `History`."""

    @pytest.mark.parametrize("how", [JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED])
    async def test_jobs_are_forgotten_once_they_have_ended_for_so_long(self, rooms: Rooms, how: JobStatus) -> None:
        home = project()
        await put(rooms.store, home)
        over = [await ended(rooms, home.id, how), await ended(rooms, None, how)]
        working, waiting = job(home.id), job(home.id)
        await queued(rooms.store, working)
        await rooms.queue.claim(slots=1, lease=A_DAY)
        await queued(rooms.store, waiting)
        await rooms.pass_time(A_WHILE)
        fresh = await ended(rooms, home.id, how)
        assert await rooms.history.forget(Past.JOBS, older_than=A_DAY, limit=9) == 0
        assert await rooms.history.forget(Past.JOBS, older_than=A_WHILE, limit=9) == 2
        there = {each.id for each in await rooms.jobs.some([each.id for each in (*over, working, waiting, fresh)])}
        assert there == {working.id, waiting.id, fresh.id}

    async def test_no_more_are_forgotten_at_once_than_asked_for(self, rooms: Rooms) -> None:
        for _ in range(5):
            await put(rooms.store, event(None, at=LONG_AGO), audit_entry(at=LONG_AGO))
        for what in (Past.EVENTS, Past.AUDIT):
            forgotten = [await rooms.history.forget(what, older_than=A_DAY, limit=2) for _ in range(4)]
            assert forgotten == [2, 2, 1, 0]

    async def test_events_are_forgotten_by_when_they_happened(self, rooms: Rooms) -> None:
        kept = event(None, at=FAR_AHEAD)
        await put(rooms.store, event(None, at=LONG_AGO), kept, event(None, at=LONG_AGO))
        assert await rooms.history.forget(Past.EVENTS, older_than=A_DAY, limit=9) == 2
        assert await followed(rooms.event_log, Position(), 1) == [kept]
        end = await rooms.event_log.end()
        new = event(None, at=FAR_AHEAD)
        await put(rooms.store, new)
        assert await followed(rooms.event_log, end, 1) == [new]

    async def test_the_audit_log_is_forgotten_by_when_things_were_done(self, rooms: Rooms) -> None:
        kept = audit_entry(at=FAR_AHEAD)
        await put(rooms.store, audit_entry(at=LONG_AGO), kept)
        assert await rooms.history.forget(Past.AUDIT, older_than=A_DAY, limit=9) == 1
        assert (await rooms.audit.page(EVERYTHING, AuditQuery(), ALL)).items == [kept]

    async def test_sessions_are_forgotten_with_their_tokens_once_they_cannot_go_on(self, rooms: Rooms) -> None:
        anna = user()
        revoked = session(anna.id, revoked_at=LONG_AGO, expires_at=FAR_AHEAD)
        expired = session(anna.id, revoked_at=None, expires_at=LONG_AGO)
        both = session(anna.id, revoked_at=FAR_AHEAD, expires_at=LONG_AGO)
        alive = session(anna.id, revoked_at=None, expires_at=FAR_AHEAD)
        just_revoked = session(anna.id, revoked_at=FAR_AHEAD, expires_at=FAR_AHEAD)
        sessions = [revoked, expired, both, alive, just_revoked]
        tokens = [refresh_token(each.id) for each in sessions]
        await put(rooms.store, anna, *sessions, *tokens)
        assert await rooms.history.forget(Past.SESSIONS, older_than=A_DAY, limit=9) == 3
        assert [await rooms.sessions.get(each.id) for each in sessions] == [None, None, None, alive, just_revoked]
        async with rooms.store.begin() as unit:
            left = [await unit.refresh_tokens.get(each.hash) for each in tokens]
        assert left == [None, None, None, *tokens[3:]]

    async def test_sign_ins_that_took_too_long_are_forgotten(self, rooms: Rooms) -> None:
        old = PendingSignIn("old", "google", "nonce", "verifier", "https://app.example/", LONG_AGO)
        fresh = PendingSignIn("fresh", "google", "nonce", "verifier", "https://app.example/", FAR_AHEAD)
        for pending in (old, fresh):
            await rooms.oauth_states.add(pending, LONG_AGO - A_DAY)
        assert await rooms.history.forget(Past.OAUTH_STATES, older_than=A_DAY, limit=9) == 1
        assert await rooms.oauth_states.take("old") is None
        assert await rooms.oauth_states.take("fresh") == fresh

    async def test_the_past_of_a_project_goes_in_steps_but_for_the_job_that_erases_it(self, rooms: Rooms) -> None:
        home, other = project(), project()
        await put(rooms.store, home, other, *(event(home.id) for _ in range(5)), event(other.id), event(None))
        over, working = await ended(rooms, home.id, JobStatus.COMPLETED), job(home.id)
        await queued(rooms.store, working)
        await rooms.queue.claim(slots=1, lease=A_DAY)
        erasing, foreign = job(home.id, kind=JobKind.PURGE_PROJECT), job(other.id)
        nobodys = job(None)
        await queued(rooms.store, job(home.id), erasing, foreign, nobodys)
        forgotten = []
        while gone := await rooms.history.forget_project(home.id, limit=2):
            forgotten.append(gone)
        assert (forgotten[0], max(forgotten)) == (4, 4)
        assert sum(forgotten) >= 5 + 3
        kept = await rooms.jobs.some([each.id for each in (over, working, erasing, foreign, nobodys)])
        assert {each.id for each in kept} == {erasing.id, foreign.id, nobodys.id}
        told = await rooms.event_log.after(EVERYTHING, Position(), limit=100)
        assert home.id not in {logged.event.project_id for logged in told}
        assert {other.id, None} <= {logged.event.project_id for logged in told}

    async def test_of_its_uploads_those_go_for_which_nothing_comes_any_more(self, rooms: Rooms) -> None:
        home, other = project(), project()
        await put(rooms.store, home, other)
        over = [done(presigned(home, expires_at=LONG_AGO)) for _ in range(3)]
        left = [
            presigned(home, expires_at=LONG_AGO),
            done(presigned(home, expires_at=datetime.now(UTC) - timedelta(minutes=4))),
            done(presigned(other, expires_at=LONG_AGO)),
        ]
        await kept(rooms, *over, *left)
        assert [await rooms.history.forget_project(home.id, limit=2) for _ in range(3)] == [2, 1, 0]
        assert [await rooms.presigned_uploads.get(each.id) for each in over] == [None] * 3
        assert [await rooms.presigned_uploads.get(each.id) for each in left] == left

    async def test_nothing_old_is_nothing_to_forget(self, rooms: Rooms) -> None:
        for what in Past:
            assert await rooms.history.forget(what, older_than=A_DAY, limit=9) == 0
