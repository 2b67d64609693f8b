"""Answers to requests that may be asked again, in SQL."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from adapters.sql.database import SqlDatabase
from adapters.sql.dbtime import After
from adapters.sql.errors import busy
from adapters.sql.inserting import insert_into
from adapters.sql.tables import replays
from application.ports.replays import TRIES_REMEMBERED, Begun, Replay

TRIES = 5
GIVEN_UP = "given up "


@dataclass(frozen=True, slots=True)
class _Found:
    """A row; until it has its answer, the tokens of earlier tries stand in place of the fingerprint.

    Before them it says so when it was given up.
    """

    token: UUID
    fingerprint: str
    answer: str | None
    abandoned: bool

    @property
    def tries(self) -> tuple[UUID, ...]:
        """Of all of them the latest."""
        return (*map(UUID, self.fingerprint.removeprefix(GIVEN_UP).split()), self.token)[-TRIES_REMEMBERED:]


class SqlReplays:
    """Requests and their answers, each call a transaction of its own."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def begin(
        self, owner: str, key: str, token: UUID, *, abandoned_after: timedelta, kept_for: timedelta
    ) -> Replay | Begun:
        # Between the attempt to begin and the look at what was in its way, that may have been forgotten.
        for _ in range(TRIES):
            if await self._added(owner, key, token, kept_for):
                return Begun()
            found = await self._found(owner, key, abandoned_after)
            if found is not None and not found.abandoned:
                return Replay(found.fingerprint if found.answer is not None else "", found.answer)
            if found is not None and await self._taken_over(owner, key, token, found, abandoned_after):
                return Begun(found.tries)
        raise busy()

    async def touch(self, owner: str, key: str, token: UUID) -> None:
        touching = update(replays).where(_unanswered(owner, key, token)).values(begun_at=After())
        async with self._database.single() as connection:
            await connection.execute(touching)

    async def finish(self, owner: str, key: str, token: UUID, fingerprint: str, answer: str) -> None:
        answered = {"fingerprint": fingerprint, "answer": answer, "begun_at": After()}
        async with self._database.single() as connection:
            await connection.execute(update(replays).where(_unanswered(owner, key, token)).values(answered))

    async def forget(self, owner: str, key: str, token: UUID) -> None:
        async with self._database.single() as connection:
            await connection.execute(delete(replays).where(_unanswered(owner, key, token)))

    async def give_up(self, owner: str, key: str, token: UUID) -> None:
        ours = (_unanswered(owner, key, token), ~_GIVEN_UP)
        giving_up = update(replays).where(*ours).values(fingerprint=GIVEN_UP + replays.c.fingerprint)
        async with self._database.single() as connection:
            await connection.execute(giving_up)

    async def keep_latest(self, owner: str, *, most: int, room: int) -> int:
        c = replays.c
        theirs = (c.owner == owner, or_(c.answer.is_not(None), _GIVEN_UP))
        latest_first = (c.begun_at.desc(), c.key)
        number = func.row_number().over(order_by=latest_first).label("number")
        taken = func.sum(func.coalesce(func.length(c.answer), 0)).over(order_by=latest_first).label("taken")
        counted = select(c.key, number, taken).where(*theirs).subquery()
        beyond = select(counted.c.key).where(or_(counted.c.number > most, counted.c.taken > room))
        async with self._database.single() as connection:
            return (await connection.execute(delete(replays).where(*theirs, c.key.in_(beyond)))).rowcount

    async def _added(self, owner: str, key: str, token: UUID, kept_for: timedelta) -> bool:
        c = replays.c
        fresh = {"fingerprint": "", "token": token, "answer": None, "begun_at": After()}
        over = and_(c.answer.is_not(None), c.begun_at <= After(-kept_for))
        async with self._database.single() as connection:
            adding = insert_into(replays, connection.dialect.name).values(owner=owner, key=key, **fresh)
            taking = adding.on_conflict_do_update(index_elements=[c.owner, c.key], set_=fresh, where=over)
            return (await connection.execute(taking.returning(c.token))).one_or_none() is not None

    async def _taken_over(self, owner: str, key: str, token: UUID, found: _Found, abandoned_after: timedelta) -> bool:
        still = (_unanswered(owner, key, found.token), _abandoned(abandoned_after))
        tries = " ".join(map(str, found.tries))
        taking = update(replays).where(*still).values(token=token, fingerprint=tries, begun_at=After())
        async with self._database.single() as connection:
            return (await connection.execute(taking)).rowcount == 1

    async def _found(self, owner: str, key: str, abandoned_after: timedelta) -> _Found | None:
        c = replays.c
        abandoned = _abandoned(abandoned_after).label("abandoned")
        looking = select(c.token, c.fingerprint, c.answer, abandoned).where(c.owner == owner, c.key == key)
        # On the connection that writes: what the attempt ran into must be seen.
        async with self._database.single() as connection:
            row = (await connection.execute(looking)).one_or_none()
        return None if row is None else _Found(row.token, row.fingerprint, row.answer, bool(row.abandoned))


_GIVEN_UP = and_(replays.c.answer.is_(None), replays.c.fingerprint.startswith(GIVEN_UP))


def _abandoned(after: timedelta) -> ColumnElement[bool]:
    return and_(replays.c.answer.is_(None), or_(replays.c.begun_at <= After(-after), _GIVEN_UP))


def _unanswered(owner: str, key: str, token: UUID) -> ColumnElement[bool]:
    c = replays.c
    return and_(c.owner == owner, c.key == key, c.token == token, c.answer.is_(None))
