"""Files with their variants in memory."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from adapters.memory.paging import page_of
from adapters.memory.projects import seen
from adapters.memory.state import Draft, MemoryDatabase, Rows, plain
from application.ports.files import FileQuery
from domain.access import EVERYTHING, Scope
from domain.errors import AlreadyThere
from domain.media import FileMissing, FileStatus, MediaFile, Variant
from domain.pages import Page, PageRequest
from domain.projects import ProjectMissing


class MemoryFiles:
    """Files, inside a unit of work."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def add(self, file: MediaFile) -> None:
        if file.project_id not in self._draft.rows.projects:
            self._draft.refuse(ProjectMissing("the project is gone"))
        if file.id in self._draft.rows.files:
            self._draft.refuse(AlreadyThere("this is there already"))
        self._keep(replace(file, variants=()))
        await self.save_variants(file.id, file.variants)

    async def get(self, scope: Scope, file_id: UUID) -> MediaFile | None:
        return _found(self._draft.rows, scope, file_id)

    async def save(self, file: MediaFile) -> None:
        self._keep(replace(file, variants=self._require(file.id).variants))

    async def save_variants(self, file_id: UUID, variants: Sequence[Variant], *, drop: Sequence[str] = ()) -> None:
        if not variants and file_id not in self._draft.rows.files:
            return
        file = self._require(file_id)
        kept = {variant.name: variant for variant in file.variants if variant.name not in drop}
        kept |= {variant.name: replace(variant, file_id=file_id) for variant in variants}
        self._keep(replace(file, variants=tuple(kept[name] for name in sorted(kept))))

    async def remove(self, file_id: UUID) -> bool:
        file = self._draft.rows.files.pop(file_id, None)
        if file is None:
            return False
        self._release_keys(file_id)
        return True

    def _require(self, file_id: UUID) -> MediaFile:
        file = self._draft.rows.files.get(file_id)
        return file or self._draft.refuse(FileMissing("the file is gone"))

    def _keep(self, file: MediaFile) -> None:
        rows = self._draft.rows
        self._release_keys(file.id)
        variant_keys = {variant.key for variant in file.variants}
        taken = file.key in rows.original_keys or not variant_keys.isdisjoint(rows.variant_keys)
        if taken or len(variant_keys) < len(file.variants):
            self._draft.refuse(AlreadyThere("this key is there already"))
        rows.original_keys[file.key] = file.id
        rows.variant_keys |= dict.fromkeys(variant_keys, file.id)
        rows.files[file.id] = replace(file, metadata=plain(dict(file.metadata)), placeholder=plain(file.placeholder))

    def _release_keys(self, file_id: UUID) -> None:
        rows = self._draft.rows
        rows.original_keys = {key: owner for key, owner in rows.original_keys.items() if owner != file_id}
        rows.variant_keys = {key: owner for key, owner in rows.variant_keys.items() if owner != file_id}


def _found(rows: Rows, scope: Scope, file_id: UUID | None) -> MediaFile | None:
    file = None if file_id is None else rows.files.get(file_id)
    return file if file and seen(rows, scope, file.project_id) else None


class MemoryFileReads:
    """Files, to look at."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, scope: Scope, file_id: UUID) -> MediaFile | None:
        return _visible(self._database.rows, scope, file_id)

    async def page(self, scope: Scope, query: FileQuery, request: PageRequest) -> Page[MediaFile]:
        rows = self._database.rows
        found = (_visible(rows, scope, file_id) for file_id in rows.files)
        return page_of((file for file in found if file and _asked(file, query)), request)

    async def holding(self, key: str) -> MediaFile | None:
        rows = self._database.rows
        owner = rows.original_keys.get(key) or rows.variant_keys.get(key)
        return _visible(rows, EVERYTHING, owner)


def _visible(rows: Rows, scope: Scope, file_id: UUID | None) -> MediaFile | None:
    file = _found(rows, scope, file_id)
    hidden = file is None or file.status is FileStatus.PENDING or rows.projects[file.project_id].deleted_at
    return None if hidden else file


def _asked(file: MediaFile, query: FileQuery) -> bool:
    return (
        query.project_id in {None, file.project_id}
        and query.kind in {None, file.kind}
        and query.status in {None, file.status}
        and (query.text or "").casefold() in file.filename.casefold()
    )
