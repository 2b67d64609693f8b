"""Personal projects in SQL."""

from uuid import UUID

from sqlalchemy import Select, insert, select, update

from adapters.sql.database import SqlDatabase
from adapters.sql.tables import personal_projects
from adapters.sql.transaction import Transaction


class SqlPersonalProjects:
    """Personal projects, inside a unit of work."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def get(self, user_id: UUID) -> UUID | None:
        row = (await self._transaction.execute(_of(user_id))).one_or_none()
        return row.project_id if row else None

    async def put(self, user_id: UUID, project_id: UUID, *, instead_of: UUID | None) -> bool:
        if instead_of is None:
            added = insert(personal_projects).values(user_id=user_id, project_id=project_id)
            return await self._transaction.attempt(added) is not None
        c = personal_projects.c
        theirs = (c.user_id == user_id, c.project_id == instead_of)
        changed = await self._transaction.execute(
            update(personal_projects).where(*theirs).values(project_id=project_id)
        )
        return changed.rowcount == 1


class SqlPersonalProjectReads:
    """Personal projects, to look at."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def get(self, user_id: UUID) -> UUID | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_of(user_id))).one_or_none()
        return row.project_id if row else None


def _of(user_id: UUID) -> Select[tuple[UUID]]:
    return select(personal_projects.c.project_id).where(personal_projects.c.user_id == user_id)
