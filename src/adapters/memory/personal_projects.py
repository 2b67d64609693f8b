"""Personal projects in memory."""

from uuid import UUID

from adapters.memory.state import Draft, MemoryDatabase
from domain.errors import ParentMissing


class MemoryPersonalProjects:
    """Personal projects, inside a unit of work."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def get(self, user_id: UUID) -> UUID | None:
        return self._draft.rows.personal_projects.get(user_id)

    async def put(self, user_id: UUID, project_id: UUID, *, instead_of: UUID | None) -> bool:
        if project_id not in self._draft.rows.projects:
            self._draft.refuse(ParentMissing("what this belongs to is not there"))
        if self._draft.rows.personal_projects.get(user_id) != instead_of:
            return False
        self._draft.rows.personal_projects[user_id] = project_id
        return True


class MemoryPersonalProjectReads:
    """Personal projects, to look at."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, user_id: UUID) -> UUID | None:
        return self._database.rows.personal_projects.get(user_id)
