"""Two arrivals, or an arrival and a departure, want the same place in the store."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from application.ports.files import FileBatches
from application.ports.unit_of_work import Store
from domain.access import EVERYTHING
from domain.media import FileStatus, MediaFile

PAUSE = 0.1
GIVEN_UP_AFTER = timedelta(minutes=5)  # longer than any step between taking a place and using it can last
LOOKED_AT = 1000


@dataclass(frozen=True, slots=True)
class FreeKey:
    """Wait a moment for others to be done with a key, and take it from whoever died with it in hand."""

    store: Store
    batches: FileBatches
    pause: float = PAUSE

    async def __call__(self, key: str) -> None:
        await asyncio.sleep(self.pause)
        abandoned = await self.batches.abandoned(for_longer_than=GIVEN_UP_AFTER, limit=LOOKED_AT)
        for file in abandoned:
            if file.key == key:
                await self._forget(file)

    async def _forget(self, file: MediaFile) -> None:
        async with self.store.begin() as unit:
            await unit.projects.get(EVERYTHING, file.project_id)
            current = await unit.files.get(EVERYTHING, file.id)
            if current is not None and current.status is FileStatus.PENDING:
                await unit.files.remove(file.id)
                await unit.commit()
