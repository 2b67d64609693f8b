"""Named roles in SQL."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Select, delete, insert, select, update

from adapters.sql.database import SqlDatabase
from adapters.sql.rows import role_of, role_row
from adapters.sql.tables import roles, user_roles, users
from adapters.sql.transaction import Transaction
from domain.errors import AlreadyThere
from domain.roles import NamedRole, RoleTaken

Execute = Callable[[Select[Any]], Awaitable[CursorResult[Any]]]


class SqlRoles:
    """Named roles, inside a unit of work."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, role: NamedRole) -> None:
        try:
            await self._transaction.execute(insert(roles).values(role_row(role)))
        except AlreadyThere:
            self._transaction.refuse(RoleTaken("there is a role of this name"))

    async def get(self, name: str) -> NamedRole | None:
        query = select(roles).where(roles.c.name == name).with_for_update(key_share=True)
        row = (await self._transaction.execute(query)).one_or_none()
        return role_of(row) if row else None

    async def save(self, role: NamedRole) -> None:
        changes = {name: value for name, value in role_row(role).items() if name != "name"}
        await self._transaction.execute(update(roles).where(roles.c.name == role.name).values(changes))

    async def remove(self, name: str) -> bool:
        gone = await self._transaction.execute(delete(roles).where(roles.c.name == name))
        return gone.rowcount == 1

    async def holders(self, name: str) -> Sequence[UUID]:
        query = (
            select(users.c.id)
            .join(user_roles, user_roles.c.user_id == users.c.id)
            .where(user_roles.c.role == name)
            .order_by(users.c.id)
            .with_for_update(of=users, key_share=True)
        )
        return (await self._transaction.execute(query)).scalars().all()


class SqlRoleReads:
    """Named roles, to look at."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def get(self, name: str) -> NamedRole | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(roles).where(roles.c.name == name))).one_or_none()
        return role_of(row) if row else None

    async def all(self) -> Sequence[NamedRole]:
        async with self._database.reading() as connection:
            return by_name(role_of(row) for row in await connection.execute(select(roles)))


async def roles_held(execute: Execute, user_ids: Collection[UUID]) -> Mapping[UUID, Sequence[NamedRole]]:
    """The named roles of some accounts."""
    query = select(user_roles.c.user_id, roles).join(roles, roles.c.name == user_roles.c.role)
    held: dict[UUID, list[NamedRole]] = {user_id: [] for user_id in user_ids}
    for row in await execute(query.where(user_roles.c.user_id.in_(user_ids))):
        held[row.user_id].append(role_of(row))
    return {user_id: by_name(found) for user_id, found in held.items()}


def by_name(found: Iterable[NamedRole]) -> Sequence[NamedRole]:
    """In the order of their names; databases sort by the rules of some language."""
    return tuple(sorted(found, key=lambda role: role.name))
