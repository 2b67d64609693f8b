"""API keys in memory."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from adapters.memory.paging import page_of
from adapters.memory.state import Draft, MemoryDatabase
from domain.api_keys import ApiKey
from domain.errors import AlreadyThere
from domain.pages import Page, PageRequest
from domain.projects import ProjectMissing


class MemoryApiKeys:
    """API keys, inside a unit of work."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def add(self, key: ApiKey) -> None:
        rows = self._draft.rows
        if key.project_id not in rows.projects:
            self._draft.refuse(ProjectMissing("the project is gone"))
        if key.id in rows.api_keys or any(other.hash == key.hash for other in rows.api_keys.values()):
            self._draft.refuse(AlreadyThere("this is there already"))
        rows.api_keys[key.id] = key

    async def get(self, project_id: UUID, key_id: UUID) -> ApiKey | None:
        key = self._draft.rows.api_keys.get(key_id)
        return key if key and key.project_id == project_id else None

    async def save(self, key: ApiKey) -> None:
        if await self.get(key.project_id, key.id):
            self._draft.rows.api_keys[key.id] = key

    async def remove(self, project_id: UUID, key_id: UUID) -> bool:
        if not await self.get(project_id, key_id):
            return False
        del self._draft.rows.api_keys[key_id]
        return True

    async def remove_owned(self, owner_id: UUID) -> int:
        rows = self._draft.rows
        theirs = [key.id for key in rows.api_keys.values() if rows.projects[key.project_id].owner_id == owner_id]
        for key_id in theirs:
            del rows.api_keys[key_id]
        return len(theirs)


class MemoryApiKeyReads:
    """API keys, to look at and to get in by."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def hashed(self, key_hash: str) -> ApiKey | None:
        keys = self._database.rows.api_keys.values()
        return self._opening(next((key for key in keys if key.hash == key_hash), None))

    async def known(self, key_id: UUID) -> ApiKey | None:
        return self._opening(self._database.rows.api_keys.get(key_id))

    def _opening(self, key: ApiKey | None) -> ApiKey | None:
        rows = self._database.rows
        if key is None or rows.projects[key.project_id].deleted_at:
            return None
        owner = rows.users.get(rows.projects[key.project_id].owner_id)
        return key if owner is None or owner.is_active else None

    async def page(self, project_id: UUID, request: PageRequest) -> Page[ApiKey]:
        keys = self._database.rows.api_keys.values()
        return page_of((key for key in keys if key.project_id == project_id), request)

    async def touch(self, key_id: UUID, at: datetime) -> None:
        async with self._database.writing():
            keys = self._database.rows.api_keys
            key = keys.get(key_id)
            if key and (key.last_used_at is None or key.last_used_at < at):
                keys[key_id] = replace(key, last_used_at=at)
