"""A project with files, and everything that can be done with it as a whole, over adapters in memory."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from adapters.memory.clock import ManualClock
from adapters.memory.file_batches import MemoryFileBatches
from adapters.memory.history import MemoryHistory
from adapters.memory.ids import CountingIds
from adapters.memory.projects import MemoryProjectReads
from adapters.memory.signals import MemorySignals
from adapters.memory.state import MemoryDatabase
from adapters.memory.store import MemoryStore
from application.files.drop_blobs import DropBlobs
from application.identity.remember import Remember
from application.projects.change_api_key import ChangeApiKey
from application.projects.change_project import ChangeProject
from application.projects.continue_purge import ContinuePurge
from application.projects.delete_api_key import DeleteApiKey
from application.projects.delete_originals import DeleteOriginals
from application.projects.delete_project import DeleteProject
from application.projects.erase_project import EraseProject
from application.projects.purge_project import PurgeProject
from application.projects.request_sync import RequestSync
from application.projects.restore_project import RestoreProject
from application.variants.promise import Promise
from domain.access import Role, UserCaller
from domain.audit import Origin
from domain.jobs import Job
from domain.media import MediaFile, Variant, VariantStatus
from domain.object_keys import file_key, original_key
from domain.projects import Project
from domain.settings import MIB, read_settings
from tests.unit.contracts.things import NOW, media_file, project, put
from tests.unit.use_cases.studio import SteppedBlobs, SteppedStore, Steps

ANNA = UserCaller(UUID(int=1 << 100), "anna", Role.USER, frozenset())
BEN = UserCaller(UUID(int=3 << 100), "ben", Role.USER, frozenset())
SUPERUSER = UserCaller(UUID(int=2 << 100), "su", Role.SU, frozenset({"projects_all"}))
HERE = Origin(ANNA.user_id, "192.0.2.1", "curl")
DEFAULT = 100 * MIB
THUMB = {"thumb": {"format": "webp", "width": 100}}


class SteppedRemovals(SteppedBlobs):
    """Blobs that can be stopped where they are removed."""

    async def remove(self, key: str) -> None:
        await self._steps("about to remove")
        await super().remove(key)
        await self._steps("removed")


@dataclass
class Estate:
    """One installation, with one project of Anna's."""

    settings: Mapping[str, Any] = field(default_factory=lambda: {"variants": THUMB})
    fields: Mapping[str, Any] = field(default_factory=dict)
    default_limit: int = DEFAULT

    def __post_init__(self) -> None:
        self.clock, self.ids, self.signals, self.steps = ManualClock(NOW), CountingIds(), MemorySignals(), Steps()
        self.rows = MemoryDatabase(self.clock)
        self.store = SteppedStore(self.rows, self.steps)
        self.blobs = SteppedRemovals(self.clock, self.steps)
        self.batches, self.projects = MemoryFileBatches(self.rows), MemoryProjectReads(self.rows)
        self.remember, self.promise = Remember(self.clock, self.ids), Promise("pencil 1")
        self.erase = EraseProject(self.store, self.batches, self.blobs, MemoryHistory(self.rows))
        settings = read_settings(self.settings)
        self.project = project(owner_id=ANNA.user_id, settings=settings, **self.fields)

    @property
    def change(self) -> ChangeProject:
        return ChangeProject(
            self.store, self.remember, self.promise, self.signals, self.clock, self.ids, self.default_limit
        )

    @property
    def delete(self) -> DeleteProject:
        return DeleteProject(self.store, self.remember, self.clock)

    @property
    def restore(self) -> RestoreProject:
        return RestoreProject(self.store, self.remember, self.signals, self.clock, self.ids)

    @property
    def purge(self) -> PurgeProject:
        return PurgeProject(self.store, self.erase, self.remember, self.signals, self.clock, self.ids)

    @property
    def continue_purge(self) -> ContinuePurge:
        return ContinuePurge(self.store, self.erase, self.remember, self.clock)

    @property
    def request_sync(self) -> RequestSync:
        return RequestSync(self.store, self.signals, self.clock, self.ids)

    @property
    def delete_originals(self) -> DeleteOriginals:
        drop = DropBlobs(self.blobs)
        return DeleteOriginals(self.store, self.batches, drop, self.promise, self.remember, self.clock)

    @property
    def change_key(self) -> ChangeApiKey:
        return ChangeApiKey(self.store, self.remember, self.clock)

    @property
    def delete_key(self) -> DeleteApiKey:
        return DeleteApiKey(self.store, self.remember)

    async def open(self) -> "Estate":
        await put(MemoryStore(self.rows), self.project)
        return self

    @property
    def now(self) -> Project:
        """The project as it stands."""
        return self.rows.rows.projects[self.project.id]

    @property
    def jobs(self) -> list[Job]:
        return list(self.rows.rows.jobs.values())

    @property
    def noted(self) -> list[str]:
        """What the audit log says was done."""
        return [line.action for line in self.rows.rows.audit]

    async def alter(self, **fields: Any) -> None:
        """Change the project behind everybody's back."""
        async with self.rows.writing():
            self.rows.rows.projects[self.project.id] = replace(self.now, **fields)

    async def add_picture(self, *statuses: VariantStatus, recipe: str | None = None, **fields: Any) -> MediaFile:
        """A picture of 1000 bytes; its variants, of 10 bytes each, have the names the project asks for."""
        file_id = self.ids.new()
        wanted = self.promise.choose(self.project.settings)
        variants = tuple(
            replace(self._variant(file_id, want.name, recipe or want.recipe), status=status)
            for want, status in zip(wanted, statuses, strict=False)
        )
        key = original_key(self.project.slug, self.project.id, file_id, "jpg")
        return await self._add({"id": file_id, "key": key, "variants": variants, **fields})

    async def add_file(self, **fields: Any) -> MediaFile:
        """A file of 1000 bytes that nothing is made of."""
        file_id = self.ids.new()
        key = file_key(self.project.slug, self.project.id, file_id, "bin")
        return await self._add({"id": file_id, "key": key, **fields})

    def _variant(self, file_id: UUID, name: str, recipe: str) -> Variant:
        key = f"{self.project.slug}-{self.project.id}/images/{name}/{file_id}.webp"
        return Variant(file_id, name, recipe, key, "image/webp", size=10)

    async def _add(self, fields: Mapping[str, Any]) -> MediaFile:
        file = media_file(self.project.id, **{"size": 1000, "sha256": "0" * 64, **fields})
        async with MemoryStore(self.rows).begin() as unit:
            await unit.files.add(file)
            await unit.projects.count(self.project.id, files=1, stored=file.stored_bytes, bounded=False)
            await unit.commit()
        for key in file.keys:
            await self.keep_blob(key)
        self.steps.seen.clear()
        return file

    async def keep_blob(self, key: str) -> None:
        await self.blobs.put(key, _once(b"bytes"), content_type="image/jpeg")

    async def keys(self) -> set[str]:
        """What lies in the store."""
        return {info.key async for info in self.blobs.list()}


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
