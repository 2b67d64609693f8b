"""A picture whose variants lie in the store, made by nobody."""

from dataclasses import replace

from domain.media import FileStatus, MediaFile
from tests.unit.use_cases.studio import Studio, in_pieces

MADE = b"a picture made of it"


async def ready(studio: Studio) -> MediaFile:
    """Upload one and settle it, without a worker."""
    file = await studio.uploaded()
    made = [variant.made(width=4, height=3, size=len(MADE)) for variant in file.variants]
    for variant in made:
        await studio.blobs.put(variant.key, in_pieces(MADE), content_type=variant.mime_type)
    async with studio.store.begin() as unit:
        await unit.projects.count(file.project_id, stored=len(MADE) * len(made), bounded=False)
        await unit.files.save(replace(file, status=FileStatus.READY))
        await unit.files.save_variants(file.id, made)
        await unit.commit()
    return await studio.file(file.id)
