"""Files go, with everything that was made of them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from application.files.drop_blobs import DropBlobs
from application.identity.remember import Remember
from application.ports.clock import Clock
from application.ports.files import FileReads
from application.ports.unit_of_work import Store, UnitOfWork
from domain.access import EVERYTHING, Caller, KeyCaller, require_write, scope_of
from domain.audit import AuditAction, Origin
from domain.events import Event, EventKind
from domain.media import FileStatus, MediaFile


@dataclass(frozen=True, slots=True)
class Deletion:
    """Whose wish it is, from where, and what the audit log calls it."""

    caller: Caller
    origin: Origin
    action: AuditAction


@dataclass(frozen=True, slots=True)
class DeleteFiles:
    """Delete those of the files that are the caller's; others are passed over, as if they were not there."""

    store: Store
    files: FileReads
    drop_blobs: DropBlobs
    remember: Remember
    clock: Clock

    async def __call__(
        self,
        caller: Caller,
        file_ids: Collection[UUID],
        origin: Origin,
        *,
        action: AuditAction = AuditAction.FILE_DELETED,
    ) -> Sequence[MediaFile]:
        """Those that are gone now; the audit log says so of each, as this action."""
        require_write(caller)
        scope, by_project = scope_of(caller), defaultdict[UUID, list[UUID]](list)
        for file_id in sorted(set(file_ids)):
            view = await self.files.get(scope, file_id)
            if view is not None:
                by_project[view.file.project_id].append(file_id)
        gone: list[MediaFile] = []
        for project_id, wanted in by_project.items():
            went, keys = await self._of_project(project_id, wanted, Deletion(caller, origin, action))
            await self.drop_blobs(keys)
            gone += went
        return gone

    async def _of_project(
        self, project_id: UUID, file_ids: Sequence[UUID], deletion: Deletion
    ) -> tuple[list[MediaFile], list[str]]:
        """The files that are gone, and every key under which something of them may lie."""
        keys: list[str] = []
        async with self.store.begin() as unit:
            project = await unit.projects.get(EVERYTHING, project_id)
            if project is None or not project.open:
                return [], keys
            gone = [file for file_id in file_ids if (file := await self._one(unit, file_id, keys)) is not None]
            for file in gone:
                await self._remember(unit, file, deletion)
            stored = sum(file.stored_bytes for file in gone)
            await unit.projects.count(project_id, files=-len(gone), stored=-stored, bounded=False)
            await unit.commit()
        return gone, keys

    async def _one(self, unit: UnitOfWork, file_id: UUID, keys: list[str]) -> MediaFile | None:
        file = await unit.files.get(EVERYTHING, file_id)
        if file is None or file.status is FileStatus.PENDING:
            return None
        keys += [*file.keys, *await unit.file_facts.former_keys(file_id)]
        await unit.files.remove(file_id)
        now, about = self.clock.now(), _described(file)
        await unit.events.add(Event(EventKind.FILE_DELETED, file.project_id, now, file_id, data=about))
        return file

    async def _remember(self, unit: UnitOfWork, file: MediaFile, deletion: Deletion) -> None:
        subject = f"{deletion.action.partition('.')[0]}:{file.id}"
        about = _described(file)
        if isinstance(deletion.caller, KeyCaller):
            about["key_id"] = str(deletion.caller.key_id)
        await self.remember(unit, deletion.action, subject, deletion.origin, project_id=file.project_id, **about)


def _described(file: MediaFile) -> dict[str, Any]:
    """What events and the audit log say of a file that is gone."""
    return {"filename": file.filename, "freed_bytes": file.stored_bytes}
