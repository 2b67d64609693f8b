"""Answers to requests that may be asked again, in memory."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from adapters.memory.state import MemoryDatabase
from application.ports.replays import Replay


@dataclass(frozen=True, slots=True)
class _Kept:
    token: UUID
    begun_at: datetime
    replay: Replay


class MemoryReplays:
    """Requests of this process; those whose time is over go when another one begins."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._clock = database.clock
        self._kept: dict[tuple[str, str], _Kept] = {}

    async def begin(
        self, owner: str, key: str, token: UUID, *, abandoned_after: timedelta, kept_for: timedelta
    ) -> Replay | None:
        now = self._clock.now()

        def lasts(each: _Kept) -> bool:
            return now - each.begun_at < (abandoned_after if each.replay.answer is None else kept_for)

        self._kept = {name: each for name, each in self._kept.items() if lasts(each)}
        if (found := self._kept.get((owner, key))) is not None:
            return found.replay
        self._kept[owner, key] = _Kept(token, now, Replay("", None))
        return None

    async def touch(self, owner: str, key: str, token: UUID) -> None:
        if (ours := self._unanswered(owner, key, token)) is not None:
            self._kept[owner, key] = replace(ours, begun_at=self._clock.now())

    async def finish(self, owner: str, key: str, token: UUID, fingerprint: str, answer: str) -> None:
        if self._unanswered(owner, key, token) is not None:
            self._kept[owner, key] = _Kept(token, self._clock.now(), Replay(fingerprint, answer))

    async def forget(self, owner: str, key: str, token: UUID) -> None:
        if self._unanswered(owner, key, token) is not None:
            del self._kept[owner, key]

    def _unanswered(self, owner: str, key: str, token: UUID) -> _Kept | None:
        found = self._kept.get((owner, key))
        return found if found is not None and found.token == token and found.replay.answer is None else None
