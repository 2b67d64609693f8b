"""Forgetting what is too old, in SQL."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Table, delete, or_, select, true, tuple_

from adapters.sql.database import SqlDatabase
from adapters.sql.dbtime import After
from adapters.sql.tables import audit, events, jobs, oauth_states, presigned_uploads, replays, sessions
from application.ports.history import Past
from domain.inbox import LATE
from domain.jobs import JobKind, JobStatus

_ENDED = [status for status in JobStatus if status.ended]


class SqlHistory:
    """What is over; the refresh tokens of a session go with it."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def forget(self, what: Past, *, older_than: timedelta, limit: int) -> int:
        table, over = _over(what, After(-older_than))
        key = tuple_(*table.primary_key)
        some = select(*table.primary_key).where(over).limit(limit)
        # The condition is said twice: what somebody brings back to life meanwhile stays.
        async with self._database.single() as connection:
            return (await connection.execute(delete(table).where(key.in_(some), over))).rowcount

    async def forget_project(self, project_id: UUID, *, limit: int) -> int:
        gone = 0
        quiet = presigned_uploads.c.completed_at.is_not(None) & (presigned_uploads.c.expires_at <= After(-LATE))
        for table, over in ((events, true()), (jobs, jobs.c.kind != JobKind.PURGE_PROJECT), (presigned_uploads, quiet)):
            theirs = select(table.c.id).where(table.c.project_id == project_id, over)
            # Nobody waits for us, and we wait for nobody.
            some = theirs.limit(limit).with_for_update(skip_locked=True)
            async with self._database.single() as connection:
                gone += (await connection.execute(delete(table).where(table.c.id.in_(some)))).rowcount
        return gone


def _over(what: Past, since: After) -> tuple[Table, ColumnElement[bool]]:
    match what:
        case Past.JOBS:
            return jobs, jobs.c.status.in_(_ENDED) & (jobs.c.updated_at <= since)
        case Past.EVENTS:
            return events, events.c.at <= since
        case Past.AUDIT:
            return audit, audit.c.at <= since
        case Past.SESSIONS:
            return sessions, or_(sessions.c.revoked_at <= since, sessions.c.expires_at <= since)
        case Past.REPLAYS:
            return replays, replays.c.begun_at <= since
        case Past.OAUTH_STATES:
            return oauth_states, oauth_states.c.expires_at <= since
