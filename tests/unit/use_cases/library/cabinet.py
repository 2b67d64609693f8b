"""The library over adapters in memory that can be stopped at any step."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from adapters.memory.entities import MemoryEntityReads
from adapters.memory.installation_secrets import MemoryInstallationSecrets
from application.files.drop_blobs import DropBlobs
from application.identity.remember import Remember
from application.library.change_entity import ChangeEntity
from application.library.create_entity import CreateEntity, NewEntity
from application.library.delete_entity import DeleteEntity
from application.library.free_key import FreeKey
from application.library.keep_media import KeepMedia
from application.library.open_library import OpenLibrary
from application.library.take_place import TakePlace
from application.uploads.incoming import Upload
from domain.library import Entity, EntityChanges
from domain.media_types import IMAGE_TYPES_TAKEN
from tests.unit.use_cases.studio import Studio


async def arriving(body: bytes) -> AsyncIterator[bytes]:
    for first in range(0, len(body), 300):
        yield body[first : first + 300]


@dataclass
class Cabinet:
    """One installation's library; each test has its own."""

    studio: Studio = field(default_factory=Studio)

    def __post_init__(self) -> None:
        studio = self.studio
        self.reads = MemoryEntityReads(studio.rows)
        self.open_library = OpenLibrary(
            studio.store, studio.projects, MemoryInstallationSecrets(studio.rows), studio.clock, studio.ids
        )
        moves = studio.blobs
        self.take_place = TakePlace(
            studio.store,
            moves,  # type: ignore[arg-type]
            FreeKey(studio.store, studio.batches, pause=0),
            studio.clock,
        )
        self.keep_media = KeepMedia(
            store=studio.store,
            keep=studio.keep,
            take_place=self.take_place,
            read_header=studio.read_header,
            promise=studio.promise,
            signals=studio.signals,
            ids=studio.ids,
            max_bytes=-1,
            pictures=IMAGE_TYPES_TAKEN,
        )
        self.create_entity = CreateEntity(studio.store, self.open_library, self.keep_media, studio.clock)
        self.change_entity = ChangeEntity(studio.store, self.reads, self.open_library, self.keep_media, studio.clock)
        self.delete_entity = DeleteEntity(
            studio.store,
            self.open_library,
            studio.blobs,
            DropBlobs(studio.blobs),
            Remember(studio.clock, studio.ids),
            studio.clock,
            studio.ids,
        )

    async def add(self, body: bytes, label: str = "thing") -> Entity:
        return await self.create_entity(None, lambda: NewEntity(label), Upload("a.jpg", None, arriving(body)))

    async def shelf(self, parent_id: int | None = None) -> Entity:
        return await self.create_entity(None, lambda: NewEntity("shelf", None, True, parent_id), None)

    async def replace(self, entity_id: int, body: bytes) -> Entity:
        return await self.change_entity(
            None, entity_id, lambda: EntityChanges(label="thing"), Upload("b.jpg", None, arriving(body))
        )

    async def blobs(self) -> set[str]:
        return {info.key async for info in self.studio.blobs.list()}

    async def content(self, entity_id: int, version: int | None = None) -> bytes:
        view = await self.reads.get(entity_id, version)
        assert view is not None
        assert view.file is not None
        return b"".join([chunk async for chunk in self.studio.blobs.read(view.file.key)])

    async def check(self) -> None:
        """Every entity has its bytes, in every version; nothing lies anywhere that no row speaks of."""
        rows = self.studio.rows.rows
        for entity in rows.entity_versions.values():
            if entity.file_id is not None:
                assert rows.files[entity.file_id].key in await self.blobs()
        assert await self.blobs() <= {file.key for file in rows.files.values()}
