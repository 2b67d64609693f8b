"""API keys in SQL."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, insert, or_, select, update

from adapters.sql.database import SqlDatabase
from adapters.sql.paging import page_of
from adapters.sql.rows import api_key_of, api_key_row
from adapters.sql.tables import api_keys, projects, users
from adapters.sql.transaction import Transaction
from domain.api_keys import ApiKey
from domain.errors import ParentMissing
from domain.pages import Page, PageRequest
from domain.projects import ProjectMissing

# Built once: this is asked at each request of a program, and building it costs a fifth of asking.
_OPENING = (
    select(api_keys)
    .join(projects, projects.c.id == api_keys.c.project_id)
    .outerjoin(users, users.c.id == projects.c.owner_id)
    .where(projects.c.deleted_at.is_(None), users.c.is_active.is_not(False))
)
_HASHED = _OPENING.where(api_keys.c.hash == bindparam("key_hash"))
_KNOWN = _OPENING.where(api_keys.c.id == bindparam("key_id"))


class SqlApiKeys:
    """API keys, inside a unit of work."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, key: ApiKey) -> None:
        try:
            await self._transaction.execute(insert(api_keys).values(api_key_row(key)))
        except ParentMissing:
            self._transaction.refuse(ProjectMissing("the project is gone"))

    async def get(self, project_id: UUID, key_id: UUID) -> ApiKey | None:
        query = select(api_keys).where(api_keys.c.id == key_id, api_keys.c.project_id == project_id)
        row = (await self._transaction.execute(query.with_for_update(key_share=True))).one_or_none()
        return api_key_of(row) if row else None

    async def save(self, key: ApiKey) -> None:
        changes = {name: value for name, value in api_key_row(key).items() if name not in {"id", "project_id"}}
        ours = (api_keys.c.id == key.id, api_keys.c.project_id == key.project_id)
        await self._transaction.execute(update(api_keys).where(*ours).values(changes))

    async def remove(self, project_id: UUID, key_id: UUID) -> bool:
        gone = await self._transaction.execute(
            delete(api_keys).where(api_keys.c.id == key_id, api_keys.c.project_id == project_id)
        )
        return gone.rowcount == 1

    async def remove_owned(self, owner_id: UUID) -> int:
        theirs = select(projects.c.id).where(projects.c.owner_id == owner_id)
        return (await self._transaction.execute(delete(api_keys).where(api_keys.c.project_id.in_(theirs)))).rowcount


class SqlApiKeyReads:
    """API keys, to look at and to get in by."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def hashed(self, key_hash: str) -> ApiKey | None:
        return await self._one(_HASHED, key_hash=key_hash)

    async def known(self, key_id: UUID) -> ApiKey | None:
        return await self._one(_KNOWN, key_id=key_id)

    async def _one(self, query: Select[Any], **named: object) -> ApiKey | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(query, named)).one_or_none()
        return api_key_of(row) if row else None

    async def page(self, project_id: UUID, request: PageRequest) -> Page[ApiKey]:
        query = select(api_keys).where(api_keys.c.project_id == project_id)
        async with self._database.reading() as connection:
            return await page_of(connection, query, api_keys, request, api_key_of)

    async def touch(self, key_id: UUID, at: datetime) -> None:
        last = api_keys.c.last_used_at
        later = or_(last.is_(None), last < at)
        async with self._database.single() as connection:
            await connection.execute(update(api_keys).where(api_keys.c.id == key_id, later).values(last_used_at=at))
