"""Files with their variants in memory, inside units of work."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from adapters.memory.projects import seen
from adapters.memory.state import Draft, plain
from domain.access import Scope
from domain.errors import AlreadyThere
from domain.media import FileMissing, FileStatus, MediaFile, Variant
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
        rows = self._draft.rows
        file = rows.files.get(file_id)
        return file if file and seen(rows, scope, file.project_id) else None

    async def save(self, file: MediaFile) -> None:
        kept = self._require(file.id)
        self._keep(replace(file, project_id=kept.project_id, variants=kept.variants))

    async def save_variants(self, file_id: UUID, variants: Sequence[Variant], *, drop: Sequence[str] = ()) -> None:
        if not variants and file_id not in self._draft.rows.files:
            return
        file = self._require(file_id)
        kept = {variant.name: variant for variant in file.variants if variant.name not in drop}
        kept |= {variant.name: replace(variant, file_id=file_id) for variant in variants}
        self._keep(replace(file, variants=tuple(kept[name] for name in sorted(kept))))

    async def remove(self, file_id: UUID) -> bool:
        rows = self._draft.rows
        self._release(file_id)
        rows.former_keys = {key: former for key, former in rows.former_keys.items() if former[0] != file_id}
        return rows.files.pop(file_id, None) is not None

    def _require(self, file_id: UUID) -> MediaFile:
        file = self._draft.rows.files.get(file_id)
        return file or self._draft.refuse(FileMissing("the file is gone"))

    def _keep(self, file: MediaFile) -> None:
        rows = self._draft.rows
        before = self._release(file.id)
        held = {variant.key: variant.name for variant in file.variants}
        of_others = {key for key, (owner, _) in rows.former_keys.items() if owner != file.id} if held else set()
        taken = rows.original_keys.keys() & {file.key} or held.keys() & (rows.variant_keys.keys() | of_others)
        if taken or len(held) < len(file.variants):
            self._draft.refuse(AlreadyThere("this key is there already"))
        given_up = {key: (file.id, name) for key, name in before.items() if key not in held}
        former = rows.former_keys | given_up
        rows.former_keys = {key: owner for key, owner in former.items() if key not in held}
        rows.original_keys[file.key] = file.id
        rows.variant_keys |= dict.fromkeys(held, file.id)
        rows.files[file.id] = replace(file, metadata=plain(dict(file.metadata)), placeholder=plain(file.placeholder))

    def _release(self, file_id: UUID) -> dict[str, str]:
        """Free the keys that a file has, and tell by name which those of its variants are."""
        rows = self._draft.rows
        file = rows.files.get(file_id)
        if file is None:
            return {}
        rows.original_keys.pop(file.key, None)
        for variant in file.variants:
            rows.variant_keys.pop(variant.key, None)
        return {variant.key: variant.name for variant in file.variants}


class MemoryFileFacts:
    """What a unit of work must know about the files of a project."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def reserved(self, project_id: UUID, *, but: UUID | None = None) -> int:
        pending = sum(file.size for file in self._of(project_id) if file.status is FileStatus.PENDING)
        now, uploads = self._draft.clock.now(), self._draft.rows.presigned_uploads.values()
        theirs = [each for each in uploads if each.project_id == project_id and each.id != but]
        waiting = (each for each in theirs if not (each.done or each.file_id or each.left or each.given_up(now)))
        return pending + sum(each.size for each in waiting)

    async def same_bytes(self, project_id: UUID, sha256: str) -> Sequence[MediaFile]:
        same = (file for file in self._of(project_id) if file.sha256 == sha256)
        visible = (file for file in same if file.status is not FileStatus.PENDING)
        return sorted(visible, key=lambda file: (file.created_at, file.id))

    async def once_named(self, file_id: UUID) -> frozenset[str]:
        rows = self._draft.rows
        file = rows.files.get(file_id)
        named = {variant.name for variant in file.variants} if file else set()
        return frozenset(named | {name for owner, name in rows.former_keys.values() if owner == file_id})

    async def former_keys(self, file_id: UUID) -> frozenset[str]:
        return frozenset(key for key, (owner, _) in self._draft.rows.former_keys.items() if owner == file_id)

    def _of(self, project_id: UUID) -> Sequence[MediaFile]:
        return [file for file in self._draft.rows.files.values() if file.project_id == project_id]
