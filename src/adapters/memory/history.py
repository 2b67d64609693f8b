"""Forgetting what is too old, in memory."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar
from uuid import UUID

from adapters.memory.state import MemoryDatabase, Rows
from application.ports.history import Past
from domain.identity import Session
from domain.inbox import LATE
from domain.jobs import JobKind

K = TypeVar("K")
V = TypeVar("V")


class MemoryHistory:
    """What is over."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def forget(self, what: Past, *, older_than: timedelta, limit: int) -> int:
        async with self._database.writing():
            rows, since = self._database.rows, self._database.clock.now() - older_than
            match what:
                case Past.JOBS:
                    ended = ((each.updated_at, key) for key, each in rows.jobs.items() if each.status.ended)
                    return _forget(rows.jobs, _oldest(ended, since, limit))
                case Past.EVENTS:
                    told = ((each.at, number) for number, each in rows.log.items())
                    return _forget(rows.log, _oldest(told, since, limit))
                case Past.AUDIT:
                    return _forget_audit(rows, since, limit)
                case Past.SESSIONS:
                    return _forget_sessions(rows, since, limit)
                case Past.OAUTH_STATES:
                    begun = ((each.expires_at, key) for key, each in self._database.oauth_states.items())
                    return _forget(self._database.oauth_states, _oldest(begun, since, limit))
                case Past.REPLAYS:
                    # They are no rows here, and go by themselves when another one begins.
                    return 0

    async def forget_project(self, project_id: UUID, *, limit: int) -> int:
        async with self._database.writing():
            rows = self._database.rows
            told = (number for number, each in rows.log.items() if each.project_id == project_id)
            of_it = (each for each in rows.jobs.values() if each.project_id == project_id)
            to_do = (job.id for job in of_it if job.kind != JobKind.PURGE_PROJECT)
            uploads = (each for each in rows.presigned_uploads.values() if each.project_id == project_id and each.done)
            quiet = (each.id for each in uploads if each.expires_at + LATE <= self._database.clock.now())
            gone = _forget(rows.log, list(islice(told, limit)))
            gone += _forget(rows.jobs, list(islice(to_do, limit)))
            return gone + _forget(rows.presigned_uploads, list(islice(quiet, limit)))


def _oldest(dated: Iterable[tuple[datetime, K]], since: datetime, limit: int) -> Sequence[K]:
    old = sorted(((at, key) for at, key in dated if at <= since), key=lambda each: each[0])
    return [key for _, key in old[:limit]]


def _forget(kept: dict[K, V], keys: Sequence[K]) -> int:
    for key in keys:
        del kept[key]
    return len(keys)


def _forget_audit(rows: Rows, since: datetime, limit: int) -> int:
    gone = set(_oldest(((line.at, line.id) for line in rows.audit), since, limit))
    rows.audit = [line for line in rows.audit if line.id not in gone]
    return len(gone)


def _forget_sessions(rows: Rows, since: datetime, limit: int) -> int:
    gone = _oldest(((_over(each), key) for key, each in rows.sessions.items()), since, limit)
    tokens = {key: token for key, token in rows.refresh_tokens.items() if token.session_id not in set(gone)}
    rows.refresh_tokens = tokens
    return _forget(rows.sessions, gone)


def _over(session: Session) -> datetime:
    return min(session.expires_at, session.revoked_at or session.expires_at)
