"""Accounts in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, case, delete, func, insert, select, update

from adapters.sql.database import SqlDatabase
from adapters.sql.inserting import insert_into
from adapters.sql.paging import slice_of
from adapters.sql.roles import Execute, roles_held
from adapters.sql.rows import ROLES, UNKNOWN_ROLE, folded, user_of, user_row
from adapters.sql.tables import user_names, user_roles, users
from adapters.sql.transaction import Transaction
from domain.access import Role
from domain.errors import AlreadyThere
from domain.identity import User, UsernameTaken
from domain.pages import Page, PageRequest

_SUPERUSERS_LOCK = 4_717_237_002


class SqlUsers:
    """Accounts, inside a unit of work."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, user: User) -> None:
        try:
            await self._transaction.execute(insert(users).values(user_row(user)))
        except AlreadyThere:
            self._refuse()
        await self._take_names(user)
        await self._give_roles(user)

    async def get(self, user_id: UUID) -> User | None:
        return next(iter(await self._held(users.c.id == user_id)), None)

    async def named(self, name: str) -> User | None:
        return next(iter(await self._held(_called(name))), None)

    async def save(self, user: User) -> None:
        changes = {name: value for name, value in user_row(user).items() if name != "id"}
        if user.role is UNKNOWN_ROLE:
            # Perhaps only because we did not know better when we read it.
            changes["role"] = case((users.c.role.in_(ROLES), user.role), else_=users.c.role)
        changed = await self._transaction.execute(update(users).where(users.c.id == user.id).values(changes))
        if changed.rowcount:
            await self._transaction.execute(delete(user_names).where(user_names.c.user_id == user.id))
            await self._take_names(user)
            await self._transaction.execute(delete(user_roles).where(user_roles.c.user_id == user.id))
            await self._give_roles(user)

    async def remove(self, user_id: UUID) -> bool:
        return (await self._transaction.execute(delete(users).where(users.c.id == user_id))).rowcount == 1

    async def superusers(self) -> Sequence[User]:
        if self._transaction.dialect == "postgresql":
            # Rows that are not there yet cannot be held: whoever asks for all superusers waits for whoever did before.
            await self._transaction.execute(select(func.pg_advisory_xact_lock(_SUPERUSERS_LOCK)))
        return await self._held(users.c.role == Role.SU.value)

    async def _held(self, which: ColumnElement[bool]) -> list[User]:
        query = select(users).where(which).order_by(users.c.id).with_for_update(key_share=True)
        return await _with_roles(self._transaction.execute, (await self._transaction.execute(query)).all())

    async def _take_names(self, user: User) -> None:
        names = {folded(name) for name in (user.username, user.email) if name is not None}
        taking = insert_into(user_names, self._transaction.dialect)
        # In one order everywhere, or two units could wait for each other's names.
        values = [{"name": name, "user_id": user.id} for name in sorted(names)]
        taken = await self._transaction.execute(taking.values(values).on_conflict_do_nothing())
        if taken.rowcount < len(names):
            self._refuse()

    async def _give_roles(self, user: User) -> None:
        given = [{"user_id": user.id, "role": role.name} for role in user.named_roles]
        if given:
            await self._transaction.execute(insert(user_roles).values(given))

    def _refuse(self) -> None:
        self._transaction.refuse(UsernameTaken("this username or email belongs to somebody else"))


class SqlUserReads:
    """Accounts, to look at."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def changed_since(self, moment: datetime) -> Sequence[UUID]:
        async with self._database.reading() as connection:
            return (await connection.execute(select(users.c.id).where(users.c.updated_at >= moment))).scalars().all()

    async def page(self, request: PageRequest) -> Page[User]:
        async with self._database.reading() as connection:
            rows, total = await slice_of(connection, select(users), users, request)
            return Page(await _with_roles(connection.execute, rows), total, request)

    async def get(self, user_id: UUID) -> User | None:
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(users).where(users.c.id == user_id))).all()
            return next(iter(await _with_roles(connection.execute, rows)), None)

    async def named(self, name: str) -> User | None:
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(users).where(_called(name)))).all()
            return next(iter(await _with_roles(connection.execute, rows)), None)


def _called(name: str) -> ColumnElement[bool]:
    return users.c.id == select(user_names.c.user_id).where(user_names.c.name == folded(name)).scalar_subquery()


async def _with_roles(execute: Execute, rows: Sequence[Row[Any]]) -> list[User]:
    held = await roles_held(execute, [row.id for row in rows])
    return [user_of(row, held[row.id]) for row in rows]
