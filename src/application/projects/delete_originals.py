"""The originals of a project go, now that their variants are made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from application.files.drop_blobs import DropBlobs
from application.files.in_batches import in_batches
from application.identity.remember import Remember
from application.ports.clock import Clock
from application.ports.files import FileBatches
from application.ports.unit_of_work import Store, UnitOfWork
from application.projects.open_project import about_project, open_project
from application.variants.promise import Promise
from application.variants.settle_variants import given_up
from domain.access import EVERYTHING, UserCaller
from domain.audit import AuditAction, Origin
from domain.events import Event, EventKind
from domain.media import PUBLIC_COPY, FileStatus, MediaFile, VariantStatus
from domain.object_keys import is_picture
from domain.projects import OriginalsKept, Project

BATCH = 100


@dataclass(frozen=True, slots=True)
class DeletedOriginals:
    """How many went, and how much room that made."""

    count: int = 0
    bytes: int = 0

    def and_also(self, files: Sequence[MediaFile]) -> "DeletedOriginals":
        """With those of these files."""
        return DeletedOriginals(self.count + len(files), self.bytes + sum(map(_freed, files)))


@dataclass(frozen=True, slots=True)
class DeleteOriginals:
    """Delete the originals nothing is to be made of any more, batch by batch: a second call goes on where one ended.

    Those are the originals of pictures that are ready and have variants, every one of them ready and of the recipe
    the settings ask for today. So a picture that is waited for, or will be by the next sync, keeps its own.
    """

    store: Store
    batches: FileBatches
    drop_blobs: DropBlobs
    promise: Promise
    remember: Remember
    clock: Clock

    async def __call__(self, caller: UserCaller, project_id: UUID, origin: Origin) -> DeletedOriginals:
        async with self.store.begin() as unit:
            await self._project(unit, caller, project_id)
            subject = about_project(project_id)
            await self.remember(unit, AuditAction.ORIGINALS_DELETED, subject, origin, project_id=project_id)
            await unit.commit()
        deleted = DeletedOriginals()
        async for batch in in_batches(self.batches, project_id, limit=BATCH):
            gone = await self._delete(caller, project_id, batch)
            await self.drop_blobs(key for file in gone for key in given_up(file))
            deleted = deleted.and_also(gone)
        return deleted

    async def _project(self, unit: UnitOfWork, caller: UserCaller, project_id: UUID) -> Project:
        project = await open_project(unit, caller, project_id)
        if project.settings.keep_original:
            raise OriginalsKept("this project keeps its originals; set keep_original to false first")
        return project

    async def _delete(self, caller: UserCaller, project_id: UUID, batch: Sequence[MediaFile]) -> list[MediaFile]:
        async with self.store.begin() as unit:
            project = await self._project(unit, caller, project_id)
            recipes = {want.name: want.recipe for want in self.promise.choose(project.settings)}
            gone = []
            for seen in batch:
                if not _done_with(seen, recipes):
                    continue
                file = await unit.files.get(EVERYTHING, seen.id)
                if file is not None and _done_with(file, recipes):
                    await self._take(unit, file)
                    gone.append(file)
            if gone:
                await unit.projects.count(project_id, stored=-sum(map(_freed, gone)), bounded=False)
                await unit.commit()
        return gone

    async def _take(self, unit: UnitOfWork, file: MediaFile) -> None:
        now = self.clock.now()
        await unit.files.save(replace(file, original_deleted_at=now, updated_at=now))
        if file.public_copy is not None:
            await unit.files.save_variants(file.id, (), drop=[PUBLIC_COPY])
        await unit.events.add(
            Event(EventKind.ORIGINAL_DELETED, file.project_id, now, file.id, data={"freed_bytes": _freed(file)})
        )


def _freed(file: MediaFile) -> int:
    copy = file.public_copy
    return file.size + (copy.stored_bytes if copy else 0)


def _done_with(file: MediaFile, recipes: dict[str, str]) -> bool:
    """Whether its original is there and not needed."""
    there = file.status is FileStatus.READY and is_picture(file.key) and file.original_deleted_at is None
    return (
        there
        and bool(file.pictures)
        and all(v.status is VariantStatus.READY and recipes.get(v.name, v.recipe) == v.recipe for v in file.pictures)
    )
