"""Files in memory, in batches."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from adapters.memory.state import MemoryDatabase
from domain.media import FileStatus, MediaFile
from domain.object_keys import is_apart


class MemoryFileBatches:
    """Files in batches, for work that goes through many."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def of_project(self, project_id: UUID, *, after: UUID | None, limit: int) -> Sequence[MediaFile]:
        theirs = (file for file in self._database.rows.files.values() if file.project_id == project_id)
        behind = (file for file in theirs if after is None or file.id > after)
        return sorted(behind, key=lambda file: file.id)[:limit]

    async def every(self, *, after: UUID | None, limit: int) -> Sequence[MediaFile]:
        behind = (file for file in self._database.rows.files.values() if after is None or file.id > after)
        return sorted(behind, key=lambda file: file.id)[:limit]

    async def abandoned(self, *, for_longer_than: timedelta, limit: int) -> Sequence[MediaFile]:
        since = self._database.clock.now() - for_longer_than
        pending = (file for file in self._database.rows.files.values() if file.status is FileStatus.PENDING)
        old = (file for file in pending if file.created_at <= since)
        return sorted(old, key=lambda file: (file.created_at, file.id))[:limit]

    async def known(self, keys: Collection[str]) -> frozenset[str]:
        rows = self._database.rows
        originals = {key for key, file_id in rows.original_keys.items() if not rows.files[file_id].original_deleted_at}
        return frozenset(key for key in keys if key in originals or key in rows.variant_keys)

    async def lying_open(self, project_id: UUID) -> bool:
        return any(not is_apart(file.key) for file in await self.of_project(project_id, after=None, limit=1 << 62))

    async def given_up(self, keys: Collection[str], *, since: datetime) -> frozenset[str]:
        rows = self._database.rows
        former = {key: rows.files[owner] for key, (owner, _) in rows.former_keys.items()}
        return frozenset(key for key in keys if key in former and former[key].updated_at > since)
