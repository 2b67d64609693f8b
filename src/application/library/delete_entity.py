"""Entities go for good."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from application.files.drop_blobs import DropBlobs
from application.identity.remember import Remember
from application.library.open_library import OpenLibrary
from application.ports.blob_store import BlobStore
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.unit_of_work import Store, UnitOfWork
from domain.access import EVERYTHING
from domain.audit import AuditAction, Origin
from domain.errors import DarkroomError
from domain.events import Event, EventKind
from domain.library import CollectionNotEmpty, EntityMissing
from domain.media import FileStatus, MediaFile
from domain.projects import Project

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Departed:
    """A file that is gone, where its pictures lie, and the hidden row that holds its key until its blob is gone."""

    file: MediaFile
    pictures: tuple[str, ...]
    holder: UUID


@dataclass(frozen=True, slots=True)
class DeleteEntity:
    """Remove an entity with all its versions and the files of each; a collection with what lies in it, when told so.

    What lies deepest goes first: interrupted, the rest is whole and can be deleted again.
    """

    store: Store
    open_library: OpenLibrary
    blobs: BlobStore
    drop_blobs: DropBlobs
    remember: Remember
    clock: Clock
    ids: Ids

    async def __call__(self, entity_id: int, origin: Origin, *, recursive: bool = False, by: str | None = None) -> None:
        """`EntityMissing` when it is not there."""
        library, gone = await self.open_library(), False
        while not gone:
            departed, gone = await self._some(library, entity_id, origin, recursive=recursive, by=by)
            for each in departed:
                await self._clear(library, each)

    async def _some(
        self, library: Project, entity_id: int, origin: Origin, *, recursive: bool, by: str | None
    ) -> tuple[list[Departed], bool]:
        """The files of what lies deepest, and whether the entity itself is gone with it."""
        async with self.store.begin() as unit:
            await unit.projects.get(EVERYTHING, library.id)
            below = await unit.entity_facts.below(entity_id)
            if not below:
                raise EntityMissing(f"there is no entity {entity_id}")
            if len(below) > 1 and not recursive:
                raise CollectionNotEmpty(
                    f"{len(below) - 1} entities lie in collection {entity_id}; move them, or ask with ?recursive=true"
                )
            chosen = below[:AT_ONCE]
            file_ids = await unit.entity_facts.files_of(chosen)
            await unit.entities.remove(chosen)
            departed = await self._files(unit, library, file_ids)
            for each in chosen:
                about = f"entity:{each}"
                await self.remember(unit, AuditAction.ENTITY_DELETED, about, origin, project_id=library.id, by=by)
            await unit.commit()
        return departed, chosen[-1] == entity_id

    async def _files(self, unit: UnitOfWork, library: Project, file_ids: Sequence[UUID]) -> list[Departed]:
        departed = []
        for file_id in file_ids:
            file = await unit.files.get(EVERYTHING, file_id)
            if file is not None:
                pictures = (*(each.key for each in file.variants), *await unit.file_facts.former_keys(file_id))
                departed.append(Departed(file, pictures, await self._gone(unit, file)))
        stored = sum(each.file.stored_bytes for each in departed)
        await unit.projects.count(library.id, files=-len(departed), stored=-stored, bounded=False)
        return departed

    async def _gone(self, unit: UnitOfWork, file: MediaFile) -> UUID:
        now, holder = self.clock.now(), self.ids.new()
        await unit.files.remove(file.id)
        hidden = replace(
            file, id=holder, status=FileStatus.PENDING, created_at=now, updated_at=now, size=0, variants=()
        )
        await unit.files.add(hidden)
        about = {"filename": file.filename, "freed_bytes": file.stored_bytes}
        await unit.events.add(Event(EventKind.FILE_DELETED, file.project_id, now, file.id, data=about))
        return holder

    async def _clear(self, library: Project, departed: Departed) -> None:
        """Bytes first, then their key: what a store that is down keeps, the sweep finds with its row."""
        await self.drop_blobs(departed.pictures)
        try:
            await self.blobs.remove(departed.file.key)
            async with self.store.begin() as unit:
                await unit.projects.get(EVERYTHING, library.id)
                await unit.files.remove(departed.holder)
                await unit.commit()
        except DarkroomError:
            return
