"""A file of any kind comes in."""

from dataclasses import dataclass, replace

from application.ports.clock import Clock
from application.ports.ids import Ids
from application.uploads.find_project import FindProject
from application.uploads.incoming import IncomingBytes, Upload
from application.uploads.keep_arrival import KeepArrival
from domain.access import Caller
from domain.media import FileStatus, MediaFile
from domain.object_keys import file_key
from domain.sniffing import SNIFF_BYTES, sniff
from domain.uploads import check_not_empty, check_type, upload_limit


@dataclass(frozen=True, slots=True)
class UploadFile:
    """Keep any file as it is."""

    find_project: FindProject
    keep: KeepArrival
    clock: Clock
    ids: Ids
    max_bytes: int

    async def __call__(self, caller: Caller, upload: Upload) -> MediaFile:
        project = await self.find_project(caller, upload.project_id)
        limit = upload_limit(project.settings, self.max_bytes)
        incoming = IncomingBytes(upload.chunks, limit=limit, announced=upload.expected_size)
        media = sniff(await incoming.head(SNIFF_BYTES), declared=upload.declared_type)
        check_not_empty(empty=incoming.empty)
        check_type(project.settings, media.mime)
        file_id = self.ids.new()
        key = file_key(project.slug, project.id, file_id, media.extension)
        file = MediaFile.arriving(project.id, file_id, upload.filename, media, key, self.clock.now())
        return await self.keep(project, file, incoming, settle=_ready)


async def _ready(kept: MediaFile) -> MediaFile:
    return replace(kept, status=FileStatus.READY)
