"""Accounts in SQL."""

from uuid import UUID

from sqlalchemy import delete, exists, insert, select, update

from adapters.sql.database import SqlDatabase
from adapters.sql.errors import AlreadyThere
from adapters.sql.inserting import insert_into
from adapters.sql.rows import fields_of, folded, user_of
from adapters.sql.tables import user_names, users
from adapters.sql.transaction import Transaction
from domain.access import Role
from domain.identity import User, UsernameTaken


class SqlUsers:
    """Accounts, inside a unit of work."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, user: User) -> None:
        try:
            await self._transaction.execute(insert(users).values(fields_of(user)))
        except AlreadyThere:
            self._refuse()
        await self._take_names(user)

    async def get(self, user_id: UUID) -> User | None:
        query = select(users).where(users.c.id == user_id).with_for_update(key_share=True)
        row = (await self._transaction.execute(query)).one_or_none()
        return user_of(row) if row else None

    async def named(self, name: str) -> User | None:
        owner = select(user_names.c.user_id).where(user_names.c.name == folded(name)).scalar_subquery()
        query = select(users).where(users.c.id == owner).with_for_update(key_share=True)
        row = (await self._transaction.execute(query)).one_or_none()
        return user_of(row) if row else None

    async def save(self, user: User) -> None:
        changed = await self._transaction.execute(
            update(users).where(users.c.id == user.id).values(fields_of(user, leave=["id"]))
        )
        if changed.rowcount:
            await self._transaction.execute(delete(user_names).where(user_names.c.user_id == user.id))
            await self._take_names(user)

    async def any_superuser(self) -> bool:
        query = select(exists().where(users.c.role == Role.SU, users.c.is_active))
        return bool((await self._transaction.execute(query)).scalar_one())

    async def _take_names(self, user: User) -> None:
        names = {folded(name) for name in (user.username, user.email) if name is not None}
        taking = insert_into(user_names, self._transaction.dialect)
        # In one order everywhere, or two units could wait for each other's names.
        values = [{"name": name, "user_id": user.id} for name in sorted(names)]
        taken = await self._transaction.execute(taking.values(values).on_conflict_do_nothing())
        if taken.rowcount < len(names):
            self._refuse()

    def _refuse(self) -> None:
        self._transaction.refuse(UsernameTaken("this username or email belongs to somebody else"))


class SqlUserReads:
    """Accounts, to look at."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def get(self, user_id: UUID) -> User | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(users).where(users.c.id == user_id))).one_or_none()
        return user_of(row) if row else None
