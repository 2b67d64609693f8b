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
from domain.exif import read_exif
from domain.jobs import JOBS_TOPIC, Job, JobKind
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
        wanted = self.promise.choose(project.settings, upload.variants)
        limit = upload_limit(project.settings, self.max_bytes)
        incoming = IncomingBytes(upload.chunks, limit=limit, announced=upload.expected_size)
        media = sniff(await incoming.head(SNIFF_BYTES))
        check_picture(media.mime, self.taken_types, empty=incoming.empty)
        check_type(project.settings, media.mime)
        header = await self.read_header.early(incoming)
        file = self._new_file(project, upload, media)
        variants = self.promise.variants(project, file, wanted)

        async def settle(kept: MediaFile) -> MediaFile:
            known = header or await self.read_header.stored(kept)
            width, height = known.upright
            facts = read_exif(known.exif) if known.exif else {}
            status = FileStatus.PROCESSING if variants else FileStatus.READY
            return replace(kept, width=width, height=height, metadata=facts, variants=variants, status=status)

        job = self._job(file, variants)
        kept = await self.keep(project, file, incoming, settle=settle, job=job)
        if kept.id == file.id:
            await self.signals.send(JOBS_TOPIC)
        return kept

    def _new_file(self, project: Project, upload: Upload, media: MediaType) -> MediaFile:
        file_id = self.ids.new()
        key = original_key(project.slug, project.id, file_id, media.extension)
        return MediaFile.arriving(project.id, file_id, upload.filename, media, key, self.clock.now())

    def _job(self, file: MediaFile, variants: Sequence[Variant]) -> Job:
        """Without variants to make, it adds what is shown until the picture is there."""
        return Job.fresh(
            self.ids.new(),
            JobKind.PROCESS_IMAGE,
            file.created_at,
            project_id=file.project_id,
            file_id=file.id,
            payload={"variants": [variant.name for variant in variants]},
        )
