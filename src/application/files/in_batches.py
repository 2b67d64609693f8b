"""Going through all files of a project."""

from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

from application.ports.files import FileBatches
from domain.media import MediaFile


async def in_batches(
    batches: FileBatches, project_id: UUID, *, limit: int, after: UUID | None = None
) -> AsyncGenerator[Sequence[MediaFile], None]:
    """Files by id, from behind `after` on; a batch is read once the one before it is done with."""
    while files := await batches.of_project(project_id, after=after, limit=limit):
        yield files
        if len(files) < limit:
            return
        after = files[-1].id
