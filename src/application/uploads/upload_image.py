"""A picture comes in, and the addresses of all its variants go out at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.signals import Signals
from application.uploads.find_project import FindProject
from application.uploads.incoming import IncomingBytes, Upload
from application.uploads.keep_arrival import KeepArrival
from application.uploads.read_picture_header import ReadPictureHeader
from application.variants.promise import Promise
from domain.access import Caller
from domain.jobs import JOBS_TOPIC, Job, JobKind, JobStatus
from domain.media import FileStatus, MediaFile, Variant
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

    async def __call__(self, caller: Caller, upload: Upload) -> MediaFile:
        project = await self.find_project(caller, upload.project_id)
        wanted = self.promise.choose(project.settings.variants, upload.variants)
        limit = upload_limit(project.settings, self.max_bytes)
        incoming = IncomingBytes(upload.chunks, limit=limit, room=project.room_left)
        media = sniff(await incoming.head(SNIFF_BYTES))
        check_picture(media.mime, self.taken_types, empty=incoming.empty)
        check_type(project.settings, media.mime)
        header = await self.read_header.early(incoming)
        file = self._new_file(project, upload, media)
        variants = self.promise.variants(project, file, wanted)

        async def settle(kept: MediaFile) -> MediaFile:
            width, height = (header or await self.read_header.stored(kept)).upright
            status = FileStatus.PROCESSING if variants else FileStatus.READY
            return replace(kept, width=width, height=height, variants=variants, status=status)

        job = self._job(file, variants)
        kept = await self.keep(project, file, incoming, settle=settle, job=job)
        if job is not None:
            await self.signals.send(JOBS_TOPIC)
        return kept

    def _new_file(self, project: Project, upload: Upload, media: MediaType) -> MediaFile:
        file_id, now = self.ids.new(), self.clock.now()
        return MediaFile(
            id=file_id,
            project_id=project.id,
            filename=upload.filename,
            kind=media.kind,
            mime_type=media.mime,
            key=original_key(project.slug, project.id, file_id, media.extension),
            status=FileStatus.PENDING,
            created_at=now,
            updated_at=now,
        )

    def _job(self, file: MediaFile, variants: Sequence[Variant]) -> Job | None:
        if not variants:
            return None
        return Job(
            id=self.ids.new(),
            project_id=file.project_id,
            file_id=file.id,
            kind=JobKind.PROCESS_IMAGE,
            status=JobStatus.PENDING,
            run_at=file.created_at,
            created_at=file.created_at,
            updated_at=file.created_at,
            payload={"variants": [variant.name for variant in variants]},
        )
