"""Which blobs the rows promise to whoever asks for them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from application.ports.files import FileBatches
from domain.media import FileStatus, MediaFile, VariantStatus

FILES_AT_ONCE = 500
BLOBS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class PromisedBlob:
    """A blob that must be there with so many bytes; of originals the hash is known, too."""

    file_id: UUID
    key: str
    size: int
    mime_type: str
    sha256: str | None = None


def promised_by(file: MediaFile) -> Iterator[PromisedBlob]:
    """The original, unless it is on its way or given up, and the variants that were made."""
    if file.status is FileStatus.PENDING:
        return
    if file.original_deleted_at is None:
        yield PromisedBlob(file.id, file.key, file.size, file.mime_type, file.sha256)
    for variant in file.variants:
        if variant.status is VariantStatus.READY:
            yield PromisedBlob(file.id, variant.key, variant.size or 0, variant.mime_type)


async def every_page(files: FileBatches) -> AsyncIterator[Sequence[MediaFile]]:
    """All files there are, in bounded memory."""
    after: UUID | None = None
    while page := await files.every(after=after, limit=FILES_AT_ONCE):
        yield page
        after = page[-1].id


async def side_by_side(blobs: Iterable[PromisedBlob], work: Callable[[PromisedBlob], Awaitable[None]]) -> None:
    """Each of them once, a few at a time; the first failure ends it."""
    waiting = iter(blobs)

    async def go_on() -> None:
        for blob in waiting:
            await work(blob)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(BLOBS_AT_ONCE):
                group.create_task(go_on())
    except* Exception as failed:  # noqa: BLE001  the first of them, as it is
        raise failed.exceptions[0] from None
