"""A picture comes in, and the addresses of all its variants go out at once."""

from dataclasses import dataclass

from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.signals import Signals
from application.uploads.find_project import FindProject
from application.uploads.incoming import IncomingBytes, Upload
from application.uploads.keep_arrival import Along, KeepArrival
from application.uploads.pictures import described, picture_job
from application.uploads.read_picture_header import ReadPictureHeader
from application.uploads.screen_arrival import screened
from application.variants.promise import Promise
from domain.access import Caller
from domain.jobs import JOBS_TOPIC
from domain.media import MediaFile
from domain.object_keys import original_key
from domain.projects import Project
from domain.sniffing import SNIFF_BYTES, MediaType, sniff
from domain.uploads import check_picture, check_type, upload_limit


@dataclass(frozen=True, slots=True)
class UploadImage:
    """Keep a picture and queue the making of its variants."""

    find_project: FindProject
    keep: KeepArrival
    read_header: ReadPictureHeader
    promise: Promise
    signals: Signals
    clock: Clock
    ids: Ids
    max_bytes: int
    taken_types: frozenset[str]

    async def __call__(self, caller: Caller, upload: Upload, *, along: Along | None = None) -> MediaFile:
        project = await self.find_project(caller, upload.project_id)
        wanted = self.promise.choose(project.settings, upload.variants)
        limit = upload_limit(project.settings, self.max_bytes)
        incoming = IncomingBytes(upload.chunks, limit=limit, announced=upload.expected_size)
        media = sniff(await incoming.head(SNIFF_BYTES))
        check_picture(media.mime, self.taken_types, empty=incoming.empty)
        check_type(project.settings, media.mime)
        header = await self.read_header.early(incoming)
        seen = await screened(incoming, project, media.mime)
        file = seen.placed(self._new_file(project, upload, media))
        pictures = self.promise.variants(project, file, wanted)
        variants = tuple(sorted((*pictures, *file.variants), key=lambda each: each.name))

        async def settle(kept: MediaFile) -> MediaFile:
            known = header or await self.read_header.stored(kept)
            return described(kept, known, variants)

        job = picture_job(self.ids.new(), file, pictures)
        kept = await self.keep(project, file, incoming, settle=settle, job=job, along=along, before=upload.before)
        if kept.id == file.id:
            await self.signals.send(JOBS_TOPIC)
        return kept

    def _new_file(self, project: Project, upload: Upload, media: MediaType) -> MediaFile:
        file_id = upload.file_id or self.ids.new()
        plain = original_key(project.slug, project.id, file_id, media.extension)
        key = self.promise.placement.key(project, plain)
        return MediaFile.arriving(project.id, file_id, upload.filename, media, key, self.clock.now())
