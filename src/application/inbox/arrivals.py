"""What an upload becomes: the same file that any other door would have made of it."""

from dataclasses import dataclass, replace
from datetime import datetime

from application.files.screen_original import screening_job
from application.inbox.examine_upload import Found
from application.inbox.hash_file import hash_job
from application.media.queue_media import media_job
from application.ports.ids import Ids
from application.uploads.pictures import described, picture_job
from application.uploads.screen_arrival import Screened
from application.variants.promise import Promise
from domain.inbox import PresignedUpload
from domain.jobs import Job
from domain.media import FileStatus, MediaFile
from domain.object_keys import file_key, is_apart, original_key, public_key
from domain.places.screening import wants_screening
from domain.projects import Project
from domain.recordings import RECORDINGS


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Makes files of uploads, and the jobs that go on with them."""

    promise: Promise
    ids: Ids

    def pending(self, project: Project, upload: PresignedUpload, found: Found, now: datetime) -> MediaFile:
        """The hidden file that keeps room for it."""
        file_id, extension = self.ids.new(), found.media.extension
        key_of = original_key if found.header is not None else file_key
        key = self.promise.placement.key(project, key_of(project.slug, project.id, file_id, extension))
        file = MediaFile.arriving(project.id, file_id, upload.filename, found.media, key, now)
        waits = wants_screening(project, file.mime_type)
        return replace(Screened(waits=waits).placed(file), size=upload.size, variants=())

    def shown(
        self, project: Project, file: MediaFile, found: Found, sha256: str | None
    ) -> tuple[MediaFile, Job | None]:
        """The file as everybody will see it. What is not hashed yet waits for that, to go on afterwards."""
        file = replace(file, md5=found.md5, sha256=found.sha256, status=FileStatus.READY)
        job: Job | None = None
        if is_apart(file.key) and wants_screening(project, file.mime_type):
            file = replace(file, variants=(file.copied_to(public_key(file.key)),))
            job = screening_job(self.ids.new(), file, file.created_at)
        if found.header is not None:
            variants = self.promise.variants(project, file, self.promise.choose(project.settings))
            file = described(file, found.header, (*variants, *file.variants))
            job = picture_job(self.ids.new(), file, variants)
        elif file.mime_type in RECORDINGS:
            file = replace(file, status=FileStatus.PROCESSING)
            job = media_job(self.ids.new(), file, file.created_at)
        if found.sha256 is not None:
            return file, job
        return replace(file, status=FileStatus.PROCESSING), hash_job(self.ids.new(), file, sha256, job)
