"""Answers to requests that may be asked again, in memory."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from adapters.memory.state import MemoryDatabase
from application.ports.replays import TRIES_REMEMBERED, Begun, Replay


@dataclass(frozen=True, slots=True)
class _Kept:
    token: UUID
    begun_at: datetime
    replay: Replay
    before: tuple[UUID, ...] = ()
    given_up: bool = False

    @property
    def over(self) -> bool:
        """Whether nobody works on it any more."""
        return self.given_up or self.replay.answer is not None


class MemoryReplays:
    """Requests of this process; those whose time is over go when another one begins."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._clock = database.clock
        self._kept: dict[tuple[str, str], _Kept] = {}

    async def begin(
        self, owner: str, key: str, token: UUID, *, abandoned_after: timedelta, kept_for: timedelta
    ) -> Replay | Begun:
        now = self._clock.now()
        self._kept = {
            name: each
            for name, each in self._kept.items()
            if each.replay.answer is None or now - each.begun_at < kept_for
        }
        found = self._kept.get((owner, key))
        before: tuple[UUID, ...] = ()
        if found is not None:
            if found.replay.answer is not None or not (found.given_up or now - found.begun_at >= abandoned_after):
                return found.replay
            before = (*found.before, found.token)[-TRIES_REMEMBERED:]
        self._kept[owner, key] = _Kept(token, now, Replay("", None), before)
        return Begun(before)

    async def touch(self, owner: str, key: str, token: UUID) -> None:
        if (ours := self._unanswered(owner, key, token)) is not None:
            self._kept[owner, key] = replace(ours, begun_at=self._clock.now())

    async def finish(self, owner: str, key: str, token: UUID, fingerprint: str, answer: str) -> None:
        if self._unanswered(owner, key, token) is not None:
            self._kept[owner, key] = _Kept(token, self._clock.now(), Replay(fingerprint, answer))

    async def forget(self, owner: str, key: str, token: UUID) -> None:
        if self._unanswered(owner, key, token) is not None:
            del self._kept[owner, key]

    async def give_up(self, owner: str, key: str, token: UUID) -> None:
        if (ours := self._unanswered(owner, key, token)) is not None:
            self._kept[owner, key] = replace(ours, given_up=True)

    async def keep_latest(self, owner: str, *, most: int, room: int) -> int:
        theirs = [(each.begun_at, name) for name, each in self._kept.items() if name[0] == owner and each.over]
        taken = gone = 0
        for number, (_, name) in enumerate(sorted(theirs, reverse=True), 1):
            taken += len(self._kept[name].replay.answer or "")
            if number > most or taken > room:
                del self._kept[name]
                gone += 1
        return gone

    def _unanswered(self, owner: str, key: str, token: UUID) -> _Kept | None:
        found = self._kept.get((owner, key))
        return found if found is not None and found.token == token and found.replay.answer is None else None
