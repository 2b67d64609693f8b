"""A file of any kind comes in."""

from dataclasses import dataclass, replace

from application.files.screen_original import screening_job
from application.media.queue_media import media_job
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.signals import Signals
from application.uploads.find_project import FindProject
from application.uploads.incoming import IncomingBytes, Upload
from application.uploads.keep_arrival import Along, KeepArrival
from application.uploads.screen_arrival import screened
from domain.access import Caller
from domain.jobs import JOBS_TOPIC, Job
from domain.media import FileStatus, MediaFile
from domain.object_keys import file_key
from domain.placement import OWN_STORE, Placement
from domain.recordings import RECORDINGS
from domain.sniffing import SNIFF_BYTES, sniff
from domain.uploads import check_not_empty, check_type, upload_limit


@dataclass(frozen=True, slots=True)
class UploadFile:
    """Keep any file as it is; films and sound are looked into afterwards."""

    find_project: FindProject
    keep: KeepArrival
    clock: Clock
    ids: Ids
    max_bytes: int
    signals: Signals
    placement: Placement = OWN_STORE

    async def __call__(self, caller: Caller, upload: Upload, *, along: Along | None = None) -> MediaFile:
        project = await self.find_project(caller, upload.project_id)
        limit = upload_limit(project.settings, self.max_bytes)
        incoming = IncomingBytes(upload.chunks, limit=limit, announced=upload.expected_size)
        media = sniff(await incoming.head(SNIFF_BYTES), declared=upload.declared_type)
        check_not_empty(empty=incoming.empty)
        check_type(project.settings, media.mime)
        file_id = upload.file_id or self.ids.new()
        key = self.placement.key(project, file_key(project.slug, project.id, file_id, media.extension))
        file = MediaFile.arriving(project.id, file_id, upload.filename, media, key, self.clock.now())
        file = (await screened(incoming, project, media.mime)).placed(file)
        job = self._job(file)
        settle = _to_be_looked_into if job else _ready
        kept = await self.keep(project, file, incoming, settle=settle, job=job, along=along, before=upload.before)
        if job is not None and kept.id == file.id:
            await self.signals.send(JOBS_TOPIC)
        return kept

    def _job(self, file: MediaFile) -> Job | None:
        if file.mime_type in RECORDINGS:
            return media_job(self.ids.new(), file, file.created_at)
        return screening_job(self.ids.new(), file, file.created_at) if file.public_copy else None


async def _ready(kept: MediaFile) -> MediaFile:
    return replace(kept, status=FileStatus.READY)


async def _to_be_looked_into(kept: MediaFile) -> MediaFile:
    return replace(kept, status=FileStatus.PROCESSING)
