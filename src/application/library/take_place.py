"""Where a file of the library lies is known by its bytes, and so only once they are all there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import UUID

from application.library.free_key import FreeKey
from application.ports.blob_moves import BlobMoves
from application.ports.clock import Clock
from application.ports.entities import Twin
from application.ports.unit_of_work import Store, UnitOfWork
from domain.access import EVERYTHING
from domain.errors import AlreadyThere
from domain.library import DuplicateMedia, MediaUnderWay
from domain.media import FileStatus, MediaFile
from domain.object_keys import curated_key, private_key
from domain.placement import OWN_STORE, Placement
from domain.places.screening import wants_screening
from domain.projects import Project

TRIES = 20

Check = Callable[[UnitOfWork], Awaitable[object]]
"""Refuses what cannot be written, before anything is moved."""


class KnownBytes(Exception):
    """The entity that is to get these bytes has a file of them already."""

    def __init__(self, file_id: UUID) -> None:
        super().__init__(file_id)
        self.file_id = file_id


@dataclass(frozen=True, slots=True)
class TakePlace:
    """Move arrived bytes to where their day and their md5 say, unless an entity has them already.

    The hidden row takes the key before the bytes do. Keys here can be used again once their file is gone, so whoever
    removes a blob holds its key until that is done.
    """

    store: Store
    moves: BlobMoves
    free_key: FreeKey
    clock: Clock
    placement: Placement = OWN_STORE

    async def __call__(self, project: Project, file: MediaFile, replacing: int | None, check: Check) -> MediaFile:
        """The file as it lies there; `DuplicateMedia`, or `KnownBytes` when it is the entity's own."""
        now, extension = self.clock.now(), file.key.rpartition(".")[2]
        plain = curated_key(project.slug, project.id, now.date(), file.md5 or "", extension)
        key = self._key(project, file, plain)
        placed = replace(file, key=key, created_at=now)
        for _ in range(TRIES):
            if await self._taken(placed, replacing, check):
                await self.moves.move(file.key, key)
                return placed
            await self.free_key(key)
        raise MediaUnderWay("the same bytes are coming in or being deleted; try again in a moment", retry_after=5)

    def _key(self, project: Project, file: MediaFile, plain: str) -> str:
        """What lies in a bucket that everybody may read has been looked through."""
        unseen = not file.screened and wants_screening(project, file.mime_type, library=True)
        return private_key(plain) if unseen and self.placement.public_bucket else self.placement.key(project, plain)

    async def _taken(self, placed: MediaFile, replacing: int | None, check: Check) -> bool:
        hidden = replace(placed, status=FileStatus.PENDING, variants=())
        try:
            async with self.store.begin() as unit:
                await unit.projects.get(EVERYTHING, placed.project_id)
                await check(unit)
                await refuse_twin(unit, placed, replacing)
                await unit.files.save(hidden)
                await unit.commit()
        except AlreadyThere:
            return False
        return True


async def refuse_twin(unit: UnitOfWork, file: MediaFile, replacing: int | None) -> None:
    """Refuse bytes that an entity has, or had; the library's project is held."""
    twin = await unit.entity_facts.having(file.md5 or "")
    if twin is None or _is_bare(twin, replacing):
        return
    if twin.entity_id == replacing and twin.file_id is not None:
        raise KnownBytes(twin.file_id)
    raise DuplicateMedia(twin.entity_id, file.md5 or "")


def _is_bare(twin: Twin, replacing: int | None) -> bool:
    """Whether it is the entity's own, and the file itself is gone."""
    return twin.entity_id == replacing and twin.file_id is None
