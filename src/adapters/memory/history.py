"""Forgetting what is too old, in memory."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from adapters.memory.state import MemoryDatabase, Rows
from application.ports.history import Past
from domain.identity import Session

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
