"""Answers to requests that may be asked again, in SQL."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from adapters.sql.database import SqlDatabase
from adapters.sql.dbtime import After
from adapters.sql.errors import busy
from adapters.sql.inserting import insert_into
from adapters.sql.tables import replays
from application.ports.replays import Replay

TRIES = 5


class SqlReplays:
    """Requests and their answers, each call a transaction of its own."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def begin(
        self, owner: str, key: str, token: UUID, *, abandoned_after: timedelta, kept_for: timedelta
    ) -> Replay | None:
        # Between the attempt to begin and the look at what was in its way, that may have been forgotten.
        for _ in range(TRIES):
            if await self._taken(owner, key, token, abandoned_after, kept_for):
                return None
            if (found := await self._found(owner, key)) is not None:
                return found
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

    async def _taken(self, owner: str, key: str, token: UUID, abandoned_after: timedelta, kept_for: timedelta) -> bool:
        c = replays.c
        fresh = {"fingerprint": "", "token": token, "answer": None, "begun_at": After()}
        over = or_(
            and_(c.answer.is_(None), c.begun_at <= After(-abandoned_after)),
            and_(c.answer.is_not(None), c.begun_at <= After(-kept_for)),
        )
        async with self._database.single() as connection:
            adding = insert_into(replays, connection.dialect.name).values(owner=owner, key=key, **fresh)
            taking = adding.on_conflict_do_update(index_elements=[c.owner, c.key], set_=fresh, where=over)
            return (await connection.execute(taking.returning(c.token))).one_or_none() is not None

    async def _found(self, owner: str, key: str) -> Replay | None:
        c = replays.c
        looking = select(c.fingerprint, c.answer).where(c.owner == owner, c.key == key)
        # On the connection that writes: what the attempt ran into must be seen.
        async with self._database.single() as connection:
            row = (await connection.execute(looking)).one_or_none()
        return None if row is None else Replay(row.fingerprint, row.answer)


def _unanswered(owner: str, key: str, token: UUID) -> ColumnElement[bool]:
    c = replays.c
    return and_(c.owner == owner, c.key == key, c.token == token, c.answer.is_(None))
