"""What was brought in, in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from adapters.memory.state import Draft, MemoryDatabase, Rows
from application.ports.ingested import IngestedObject, IngestStatus, ObjectVersion
from domain.errors import ParentMissing


class MemoryIngested:
    """Objects brought in, inside a unit of work."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def announce(self, objects: Sequence[IngestedObject]) -> Sequence[IngestedObject]:
        rows, fresh = self._draft.rows, []
        for each in objects:
            if each.version.project_id not in rows.projects:
                self._draft.refuse(ParentMissing("the project is gone"))
            if each.version.id not in rows.ingested:
                rows.ingested[each.version.id] = each
                fresh.append(each)
        return fresh

    async def get(self, version: ObjectVersion) -> IngestedObject | None:
        found = self._draft.rows.ingested.get(version.id)
        return _shown(self._draft.rows, found) if found else None

    async def settle(
        self,
        version: ObjectVersion,
        status: IngestStatus,
        *,
        file_id: UUID | None = None,
        reason: str | None = None,
    ) -> None:
        rows = self._draft.rows
        known = rows.ingested.get(version.id)
        if known is None:
            return
        if file_id is not None and file_id not in rows.files:
            self._draft.refuse(ParentMissing("the file is gone"))
        rows.ingested[version.id] = replace(known, status=status, file_id=file_id, reason=reason)


class MemoryIngestedReads:
    """Objects brought in, to look at."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def keys_of(self, file_ids: Collection[UUID]) -> Mapping[UUID, str]:
        newest: dict[tuple[UUID, str, str], IngestedObject] = {}
        for each in self._all():
            place = (each.version.project_id, each.version.source, each.version.key)
            if each.file_id is not None and (place not in newest or newest[place].seen_at <= each.seen_at):
                newest[place] = each
        wanted = frozenset(file_ids)
        return {each.file_id: each.version.key for each in newest.values() if each.file_id in wanted and each.file_id}

    async def newest(self, project_id: UUID, source: str, key: str) -> IngestedObject | None:
        found = [each for each in self._of(project_id, source) if each.version.key == key]
        return max(found, key=lambda each: each.seen_at, default=None)

    async def counts(self, project_id: UUID, source: str) -> Mapping[IngestStatus, int]:
        found = [each.status for each in self._of(project_id, source)]
        return {status: found.count(status) for status in IngestStatus}

    async def failed(self, project_id: UUID, source: str, limit: int) -> Sequence[IngestedObject]:
        bad = [each for each in self._of(project_id, source) if each.status is IngestStatus.FAILED]
        return sorted(bad, key=lambda each: (-each.seen_at.timestamp(), each.version.id))[:limit]

    def _all(self) -> list[IngestedObject]:
        rows = self._database.rows
        return [_shown(rows, each) for each in rows.ingested.values()]

    def _of(self, project_id: UUID, source: str) -> list[IngestedObject]:
        return [each for each in self._all() if (each.version.project_id, each.version.source) == (project_id, source)]


def _shown(rows: Rows, thing: IngestedObject) -> IngestedObject:
    """A file that was deleted since is not named any more."""
    return thing if thing.file_id in rows.files else replace(thing, file_id=None)
