"""Which blobs the rows promise to whoever asks for them."""

from collections.abc import AsyncIterator, Iterator, Sequence
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
